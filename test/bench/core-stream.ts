import { decide } from '@tidemark/rating/customer';
import type { InputRecord } from '@tidemark/schemas/records';
import { cpuSecondsOf, median, secondsOf } from './measure';
import { defaultMethodology, play, recordsOf, type Source, type States } from './streams';

export interface StreamResult {
  readonly events: number;
  readonly customers: number;
  /** Events on which something was published. */
  readonly published: number;
  readonly perSecond: number;
  readonly perSecondSteady: number;
  readonly perCpuSecond: number;
  readonly slowestPerSecond: number;
}

/** The whole stream through `decide`, decoded beforehand, one thread. */
export function measureStream({
  source,
  rounds,
}: {
  source: Source;
  rounds: number;
}): StreamResult {
  const methodology = defaultMethodology();
  const records = recordsOf(source);
  const publishes = new Uint8Array(records.length);
  // Warm-up; also tells which events publish something: the same ones in every round.
  const states: States = new Map();
  records.forEach((record, i) => {
    const before = states.get(record.customer);
    const decision = decide(before, inputOf(record), { methodology, asOf: record.occurredAt });
    if (decision.state !== undefined) states.set(record.customer, decision.state);
    if (decision.outputs.length > 0) publishes[i] = 1;
  });
  const all: number[] = [];
  const cpu: number[] = [];
  const steady: number[] = [];
  const published = publishes.reduce((sum, one) => sum + one, 0);
  for (let round = 0; round < rounds; round += 1) {
    const cpuSeconds = cpuSecondsOf(() => {
      all.push(secondsOf(() => play(methodology, records)));
    });
    cpu.push(cpuSeconds);
    steady.push(steadySeconds(records, publishes));
  }
  return {
    events: records.length,
    customers: states.size,
    published,
    perSecond: records.length / median(all),
    perSecondSteady: (records.length - published) / median(steady),
    perCpuSecond: records.length / median(cpu),
    slowestPerSecond: records.length / Math.max(...all),
  };

  /** Seconds of the events that publish nothing. */
  function steadySeconds(stream: readonly InputRecord[], loud: Uint8Array): number {
    const kept: States = new Map();
    let loudMs = 0;
    const seconds = secondsOf(() => {
      for (let i = 0; i < stream.length; i += 1) {
        const record = stream[i];
        if (record === undefined) continue;
        const start = loud[i] === 1 ? performance.now() : 0;
        const context = { methodology, asOf: record.occurredAt };
        const { state } = decide(kept.get(record.customer), inputOf(record), context);
        if (state !== undefined) kept.set(record.customer, state);
        if (loud[i] === 1) loudMs += performance.now() - start;
      }
    });
    return seconds - loudMs / 1000;
  }
}

const inputOf = (record: InputRecord) => ({ kind: 'record', record }) as const;
