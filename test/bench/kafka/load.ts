import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka, Producer } from 'kafkajs';
import { newProducer, type Message } from './broker-tools';
import type { Stream } from './events';
import { prepareMessages, type Prepared } from './prepared';

/** An open loop: the n-th event is due at a fixed time, whether or not what came before was served. */
export interface Load {
  /** Milliseconds as `clockMs` has them, when an event was due; undefined: it is not of this load. */
  readonly dueAt: (event: number) => number | undefined;
  /** Events handed to the producer so far. */
  readonly sent: () => number;
  /** Resolves when all events are acknowledged. */
  readonly finished: Promise<void>;
  /** Ends it early. */
  readonly stop: () => void;
}

export interface LoadPlan {
  readonly topic: string;
  readonly stream: Stream;
  /** Number of the first event. */
  readonly from: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly schemaId: number;
}

/** How finely the due times are kept. */
const TURN_MS = 2;
/** kafkajs sorts the records of one send by partition in quadratic time. */
const SEND_RECORDS = 1_000;

/** UTC milliseconds with fractions; it does not jump. */
export const clockMs = (): number => performance.timeOrigin + performance.now();

/** The load begins when its events are made, which takes some seconds for a million. */
export async function startLoad(kafka: Kafka, plan: LoadPlan): Promise<Load> {
  const producer = await newProducer(kafka);
  const total = Math.floor(plan.eventsPerSecond * plan.seconds);
  const prepared = await prepareMessages({ ...plan, count: total }, clockMs);
  const start = clockMs();
  const dueAt = (i: number): number => start + (i / plan.eventsPerSecond) * 1000;
  const progress = { sent: 0, stopped: false };
  const finished = send(producer, plan, prepared, progress, total, dueAt).finally(() =>
    producer.disconnect(),
  );
  // whoever waits for the end is told of the failure
  finished.catch(() => undefined);
  return {
    dueAt: (event) => {
      const i = event - plan.from;
      return i >= 0 && i < total ? dueAt(i) : undefined;
    },
    sent: () => progress.sent,
    finished,
    stop: () => {
      progress.stopped = true;
    },
  };
}

async function send(
  producer: Producer,
  { topic, eventsPerSecond }: LoadPlan,
  prepared: Prepared,
  progress: { sent: number; stopped: boolean },
  total: number,
  dueAt: (i: number) => number,
): Promise<void> {
  const flying = new Set<Promise<void>>();
  while (progress.sent < total && !progress.stopped) {
    const elapsed = clockMs() - dueAt(0);
    const due = Math.min(total, Math.floor((elapsed / 1000) * eventsPerSecond));
    const upTo = Math.min(due, progress.sent + SEND_RECORDS);
    const messages: Message[] = [];
    for (let i = progress.sent; i < upTo; i += 1) messages.push(prepared.at(i));
    progress.sent = Math.max(progress.sent, upTo);
    if (messages.length > 0) {
      const answer: Promise<void> = producer
        .send({ topic, messages, acks: -1 })
        .then(() => void flying.delete(answer));
      flying.add(answer);
    }
    // what is late goes off without a pause, but lets the answers in
    await pause(upTo < due ? 0 : TURN_MS);
  }
  await Promise.all(flying);
}
