import { random } from '@tidemark/cli/sample/random';
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadRecord } from './load';
import type { Producers } from './producers';

/** Sends the load while faults happen. */
export interface Pump {
  readonly sent: () => number;
  /**
   * Whether some of it goes in transactions. One that hangs, because its coordinator is gone, keeps
   * readers from all that is written after it: then no worker has anything to take in.
   */
  readonly transact: (on: boolean) => Promise<void>;
  /** Sends the rest at once, where there is an end, and ends. @throws what ended it */
  readonly finish: () => Promise<void>;
}

const BATCH_MS = 100;
/** Records of one batch when nothing is held back any more. */
const REST = 2_000;
/** Records that may be sent again are kept, so many of them. */
const KEPT = 50_000;
/** So many of 1,000 are sent a second time, some time later. */
const TWICE_PER_MILLE = 10;
/** Every so many batches one goes in a transaction, and one in a transaction that is taken back. */
const COMMIT_EVERY = 5;
const ABORT_EVERY = 7;

export interface PumpLoad {
  /** Asked for as it is sent: it need not have an end. */
  readonly records: Iterable<LoadRecord>;
  readonly untrue: readonly LoadRecord[];
}

/**
 * So many records a second from now on; when there are no more, some are sent again, so that faults
 * always find something under way.
 */
export function startPump(
  { records, untrue }: PumpLoad,
  producers: Producers,
  { perSecond, seed }: { readonly perSecond: number; readonly seed: number },
): Pump {
  const { below } = random(seed);
  const size = Math.max(1, Math.round((perSecond * BATCH_MS) / 1_000));
  const rest = records[Symbol.iterator]();
  const earlier: LoadRecord[] = [];
  let isDry = false;
  let sent = 0;
  let batches = 0;
  let finishing = false;
  let transacts = true;
  let sending: Promise<void> = Promise.resolve();

  const next = (count: number): LoadRecord[] => {
    const batch: LoadRecord[] = [];
    while (batch.length < count && !isDry) {
      const one = rest.next();
      if (one.done === true) isDry = true;
      else batch.push(one.value);
    }
    sent += batch.length;
    for (const record of batch) {
      if (earlier.length < KEPT) earlier.push(record);
      else earlier[below(KEPT)] = record;
    }
    const repeated = finishing ? 0 : count - batch.length;
    for (let n = repeated + Math.ceil((batch.length * TWICE_PER_MILLE) / 1_000); n > 0; n -= 1) {
      const again = earlier[below(Math.max(1, earlier.length))];
      if (again !== undefined) batch.push(again);
    }
    return batch;
  };
  const sendNext = async (count: number): Promise<void> => {
    batches += 1;
    const batch = next(count);
    if (batch.length === 0) return;
    if (transacts && batches % ABORT_EVERY === 0) {
      const from = below(Math.max(1, untrue.length - 20));
      await producers.abort(untrue.slice(from, from + 20));
    }
    await (transacts && batches % COMMIT_EVERY === 0
      ? producers.commit(batch)
      : producers.send(batch));
  };
  const loop = async (): Promise<void> => {
    while (!finishing) {
      const began = performance.now();
      sending = sendNext(size);
      await sending;
      await pause(Math.max(0, BATCH_MS - (performance.now() - began)));
    }
    while (!isDry) await sendNext(REST);
  };
  const ended = loop();
  // it is asked for at the end; until then nobody waits for it
  ended.catch(() => undefined);
  return {
    sent: () => sent,
    transact: async (on) => {
      transacts = on;
      await sending;
    },
    finish: () => {
      finishing = true;
      return ended;
    },
  };
}
