import { setTimeout as pause } from 'node:timers/promises';
import { recordsIn } from './broker-tools';
import { stop, type Client } from './client-process';
import type { Place } from './clients';
import type { Stream } from './events';
import { startLoad } from './load';
import { SCHEMA_ID, type Ground } from './throughput';

export interface RestartPlan {
  readonly stream: Stream;
  /** Number of the first event. */
  readonly from: number;
  readonly eventsPerSecond: number;
  /** Before the kill. */
  readonly seconds: number;
}

export interface Restart {
  /** From the start of the new process until it has committed events that came after the kill. */
  readonly toNewInputSeconds: number;
  /** Until it has worked off what came meanwhile. */
  readonly caughtUpSeconds: number;
  /** Events that were written. */
  readonly events: number;
}

const LOOK_MS = 5;
const PATIENCE_MS = 120_000;
/** Lag of a client that is up to date: what is written in a few milliseconds. */
const CAUGHT_UP_EVENTS = 1_000;

/** Kills a client with -9 under load and starts it again at once over the same stores. */
export async function measureRestart(
  { kafka, admin }: Ground,
  place: Place,
  start: () => Promise<Client>,
  { stream, from, eventsPerSecond, seconds }: RestartPlan,
): Promise<Restart> {
  const before = await recordsIn(admin, place.input);
  let client = await start();
  await reaches(client, before);
  const load = await startLoad(kafka, {
    ...{ topic: place.input, stream, from, eventsPerSecond, seconds: seconds * 10 },
    schemaId: SCHEMA_ID,
  });
  try {
    await pause(seconds * 1000);
    client.running.kill('SIGKILL');
    await client.running.ended;
    const killed = await recordsIn(admin, place.input);
    const started = performance.now();
    client = await start();
    await reaches(client, killed + 1);
    const toNewInputSeconds = (performance.now() - started) / 1000;
    for (;;) {
      const lag = before + load.sent() - ((await client.done()) ?? 0);
      if (lag <= CAUGHT_UP_EVENTS) break;
      await pause(LOOK_MS);
    }
    const caughtUpSeconds = (performance.now() - started) / 1000;
    load.stop();
    await load.finished;
    return { toNewInputSeconds, caughtUpSeconds, events: load.sent() };
  } finally {
    load.stop();
    await load.finished;
    await stop(client.running);
  }
}

async function reaches(client: Client, events: number): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  while (((await client.done()) ?? 0) < events) {
    if (client.running.isOver() || performance.now() > last) {
      throw new Error(`${client.name} does not go on:\n${client.running.said().slice(-2_000)}`);
    }
    await pause(LOOK_MS);
  }
}
