import type { PartitionOptions } from '@tidemark/engine/options';
import { randomOf, type Random } from './random';
import {
  AMOUNT_MAX,
  BUILDS,
  GLOBAL_TOPICS,
  INPUT_TOPICS,
  TOLERANCE_MS,
  WINDOW_MS,
  type ToyInput,
} from './toy';

/** Everything that one run is told to do; it follows from the seed alone. */
export interface Script {
  readonly seed: number;
  /** Tells apart runs of one script that differ in the order of the answers only; 0 or more. */
  readonly schedule: number;
  readonly setup: Setup;
  /** In the order of time. */
  readonly items: readonly Item[];
}

export interface Setup {
  readonly partitions: number;
  readonly workers: number;
  /** How far each worker's clock is off, milliseconds. */
  readonly skewMs: readonly number[];
  /** Whether there is a copy of all states beside the checkpoints. */
  readonly stateStore: boolean;
  readonly journalStride: number;
  readonly pageKeys: number;
  readonly build: string;
  readonly options: Omit<PartitionOptions, 'partition' | 'owner'>;
}

/** At an instant of the simulated time something happens. */
export type Item = { readonly at: number } & (
  | {
      readonly kind: 'append';
      readonly topic: string;
      readonly partition: number;
      readonly value: string;
    }
  | { readonly kind: 'global'; readonly topic: string; readonly value: string }
  | { readonly kind: 'fault'; readonly fault: Fault }
);

export type Fault =
  /** A worker dies: none of its calls is ever answered; those under way may still arrive. */
  | { readonly kind: 'crash'; readonly worker: number }
  /** A worker stands still and wakes later, when others have taken over. */
  | { readonly kind: 'stall'; readonly worker: number; readonly forMs: number }
  /** The next commit of a partition fails, or seems to. */
  | { readonly kind: 'commit'; readonly partition: number; readonly how: CommitFault }
  /** The next call of a partition is refused. */
  | {
      readonly kind: 'refusal';
      readonly partition: number;
      readonly port: 'ledger' | 'checkpoints' | 'states' | 'inputs';
    }
  /** Another worker takes a partition over while the old owner goes on. */
  | { readonly kind: 'takeover'; readonly partition: number; readonly worker: number }
  /** The owner is told to stop, then another begins. */
  | { readonly kind: 'handover'; readonly partition: number; readonly worker: number }
  | { readonly kind: 'store-lost'; readonly partition: number }
  | { readonly kind: 'store-back'; readonly partition: number }
  | { readonly kind: 'states-lost'; readonly partition: number; readonly count: number }
  /** With a crash of the owner: the store holds what the journal does not. */
  | { readonly kind: 'store-ahead'; readonly partition: number }
  /** With a crash of the owner. */
  | { readonly kind: 'checkpoint-lost'; readonly partition: number }
  | { readonly kind: 'checkpoint-back'; readonly partition: number }
  /** Workers are replaced by those of another build, one partition after the other. */
  | { readonly kind: 'build'; readonly build: string };

/** refused: nothing is done. done, undone: no answer. late: no answer, and done some time later. */
export type CommitFault = 'refused' | 'done' | 'undone' | 'late';

export interface Size {
  readonly events: number;
  readonly faults: number;
}

/** Where simulated time begins: 2026-01-01. */
export const BEGIN_MS = 1_767_225_600_000;

export function scriptOf(seed: number, size: Size): Script {
  const random = randomOf(seed, 1);
  const setup = setupOf(random);
  const times = timesOf(random, size.events);
  const events = eventsOf(random, setup, times);
  const end = times.at(-1) ?? BEGIN_MS;
  const faults = Array.from({ length: size.faults }, (): Item => {
    const near = random.chance(0.5) ? random.pick(times) : random.int(BEGIN_MS, end);
    return { at: near + random.int(0, 15), kind: 'fault', fault: faultOf(random, setup) };
  });
  const items = [...events, ...faults].sort((a, b) => a.at - b.at);
  return { seed, schedule: 0, setup, items };
}

function setupOf(random: Random): Setup {
  const partitions = random.int(1, 3);
  const workers = random.int(2, 3);
  return {
    partitions,
    workers,
    skewMs: Array.from({ length: workers }, () => random.int(-20_000, 20_000)),
    stateStore: random.chance(0.6),
    journalStride: random.int(1, 3),
    pageKeys: random.int(1, 6),
    build: random.pick(BUILDS),
    options: {
      application: 'toy',
      generation: 1,
      partitions,
      inputTopics: INPUT_TOPICS,
      globalTopics: GLOBAL_TOPICS,
      time: random.chance(0.85) ? 'wall' : 'event',
      step: {
        records: random.int(1, 12),
        bytes: random.pick([100, 500, 100_000]),
        ageMs: random.pick([0, 0, 5, 200]),
        outputBytes: random.pick([300, 1_000, 100_000]),
        keys: random.int(1, 5),
      },
      checkpoint: {
        intervalMs: random.pick([10, 200, 5_000, 60_000]),
        keys: random.int(1, 6),
        dirtyMax: random.pick([3, 10, 1_000]),
      },
      cacheKeys: random.pick([0, 2, 5, 100]),
      clockLeapMsMax: 24 * 3_600_000,
      idleMs: random.pick([200, 1_000, 5_000]),
      failuresMax: 10,
      ownedMsMax: Infinity,
      stateBytesMax: Infinity,
      skips: [],
    },
  };
}

/** Bursts, trickles and long pauses. */
function timesOf(random: Random, count: number): number[] {
  let at = BEGIN_MS;
  return Array.from({ length: count }, () => {
    const kind = random.next();
    if (kind > 0.97) at += random.int(0, 12 * 60_000);
    else if (kind > 0.88) at += random.int(0, 2_000);
    else if (kind > 0.55) at += random.int(0, 20);
    return at;
  });
}

interface Sent {
  readonly topic: string;
  readonly partition: number;
  readonly input: ToyInput;
}

function eventsOf(random: Random, setup: Setup, times: readonly number[]): Item[] {
  const keys = keysOf(random, setup.partitions);
  const sent: Sent[] = [];
  const globals = { n: 0 };
  const bombAt = random.chance(0.15) ? random.int(10, times.length) : undefined;
  return times.map((at, n): Item => {
    const kind = random.next();
    if (n === 2 || kind < 0.03) return globalOf(random, at, globals);
    const append = (topic: string, partition: number, value: string): Item => ({
      at,
      kind: 'append',
      topic,
      partition,
      value,
    });
    if (kind < 0.05) {
      return append(random.pick(INPUT_TOPICS), random.int(0, setup.partitions - 1), '{poison');
    }
    const old = kind < 0.17 && sent.length > 0 ? random.pick(sent) : undefined;
    if (old !== undefined) {
      // a conflict comes in the topic of the original, so that which is first is no matter of order
      const input = random.chance(0.2) ? { ...old.input, amount: old.input.amount + 1 } : old.input;
      return append(old.topic, old.partition, JSON.stringify(input));
    }
    const { key, partition } = random.pick(keys);
    const usual = inputOf(random, setup, `m${n}`, key, at);
    const input: ToyInput = n === bombAt ? { ...usual, at, kind: 'bomb' } : usual;
    const topic = random.pick(INPUT_TOPICS);
    if (input.kind !== 'bomb') sent.push({ topic, partition, input });
    return append(topic, partition, JSON.stringify(input));
  });
}

function keysOf(random: Random, partitions: number): { key: string; partition: number }[] {
  return Array.from({ length: random.int(3, 12) }, (_, i) => ({
    key: `${random.chance(0.3) ? 'p' : 'k'}${i}`,
    partition: i % partitions,
  }));
}

function inputOf(random: Random, setup: Setup, id: string, key: string, at: number): ToyInput {
  const when = random.next();
  const wall = setup.options.time === 'wall';
  const shift =
    when < 0.15
      ? -random.int(0, WINDOW_MS * 1.3)
      : when < 0.25
        ? random.int(0, TOLERANCE_MS / 2)
        : when < 0.27 && wall
          ? 100 * 24 * 3_600_000
          : -random.int(0, 2_000);
  return {
    id,
    key,
    at: at + shift,
    kind: random.chance(0.04) ? 'void' : random.pick(['a', 'b']),
    amount: random.chance(0.03) ? AMOUNT_MAX + 1 : random.int(0, 300),
  };
}

function globalOf(random: Random, at: number, globals: { n: number }): Item {
  const isFirst = globals.n === 0;
  if (!isFirst && random.chance(0.1)) {
    return { at, kind: 'global', topic: 'rules', value: 'poison}' };
  }
  const name = !isFirst && random.chance(0.1) ? `g${globals.n}` : `g${(globals.n += 1)}`;
  const from = isFirst ? BEGIN_MS - 60_000 : at + random.pick([0, -60_000, 5_000, 20 * 60_000]);
  if (globals.n > 1 && random.chance(0.4)) {
    const of = { a: random.int(1, 3), b: random.int(0, 2) };
    return { at, kind: 'global', topic: 'factors', value: JSON.stringify({ name, at: from, of }) };
  }
  const thresholds = [100, 250, 500, 900].map((t) => t + random.int(-50, 50));
  return {
    at,
    kind: 'global',
    topic: 'rules',
    value: JSON.stringify({ name, at: from, thresholds }),
  };
}

function faultOf(random: Random, setup: Setup): Fault {
  const partition = random.int(0, setup.partitions - 1);
  const worker = random.int(0, setup.workers - 1);
  const faults: readonly (() => Fault)[] = [
    () => ({ kind: 'crash', worker }),
    () => ({ kind: 'crash', worker }),
    () => ({ kind: 'stall', worker, forMs: random.pick([20, 500, 60_000, 600_000]) }),
    () => ({ kind: 'stall', worker, forMs: random.pick([20, 500, 60_000, 600_000]) }),
    () => ({ kind: 'commit', partition, how: random.pick(['refused', 'done', 'undone', 'late']) }),
    () => ({ kind: 'commit', partition, how: random.pick(['refused', 'done', 'undone', 'late']) }),
    () => ({
      kind: 'refusal',
      partition,
      port: random.pick(['ledger', 'checkpoints', 'states', 'inputs']),
    }),
    () => ({ kind: 'takeover', partition, worker }),
    () => ({ kind: 'handover', partition, worker }),
    () => ({ kind: 'store-lost', partition }),
    () => ({ kind: 'store-back', partition }),
    () => ({ kind: 'states-lost', partition, count: random.int(1, 3) }),
    () => ({ kind: 'store-ahead', partition }),
    () => ({ kind: 'checkpoint-lost', partition }),
    () => ({ kind: 'checkpoint-back', partition }),
    () => ({ kind: 'build', build: random.pick(BUILDS) }),
  ];
  return random.pick(faults)();
}
