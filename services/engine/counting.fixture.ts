import { memoryCluster, type MemoryCluster } from './adapters/memory/cluster';
import type { Context, Decision, Machine, Work } from './machine';
import { DEFAULTS, type PartitionOptions } from './options';

/**
 * A small machine for tests of the engine: a key counts what it is given; each time the count passes
 * another multiple of `size` of the version in force, that is published. A key wakes `sleep` after each
 * record and publishes that it woke.
 */
export interface Counter {
  readonly key: string;
  count: number;
  level: number;
  sequence: number;
  wakeAt: number;
  version: string;
}

export interface Add {
  readonly key: string;
  readonly n: number;
  readonly at: number;
  readonly sleep?: number;
  readonly remove?: boolean;
}

export interface Published {
  readonly key: string;
  readonly what: 'level' | 'woke';
  readonly sequence: number;
  readonly level: number;
  readonly at: number;
}

/** Versions by the instant from which they hold. */
export type Sizes = readonly { readonly size: number; readonly from: number }[];

const text = new TextDecoder();
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const encodeAdd = (add: Add): Uint8Array => bytes(add);
export const encodeSize = (size: number, from = 0): Uint8Array => bytes({ size, from });

export const COUNTING_OPTIONS: PartitionOptions = {
  ...DEFAULTS,
  application: 'counting',
  partition: 0,
  partitions: 1,
  owner: 'test',
  inputTopics: ['adds'],
  globalTopics: ['sizes'],
  step: { ...DEFAULTS.step, ageMs: 0 },
  idleMs: 5,
};

/** A cluster of one partition with these versions in force. */
export async function countingCluster(...sizes: readonly Uint8Array[]): Promise<MemoryCluster> {
  const cluster = memoryCluster({ partitions: 1, inputTopics: ['adds'], globalTopics: ['sizes'] });
  await cluster.globals().append('sizes', sizes.length === 0 ? [encodeSize(10)] : sizes);
  return cluster;
}

export function countingMachine(build = 'counting-1'): Machine<Counter, Add, Published, Sizes> {
  return {
    build,
    decode: (_topic, value) => {
      const read = text.decode(value);
      return read.startsWith('{')
        ? { ok: true, value: JSON.parse(read) as Add }
        : { ok: false, code: 'not-json', field: null, reason: 'expected JSON' };
    },
    keyOf: ({ key }) => key,
    timeOf: ({ at }) => at,
    initialGlobals: [],
    takeGlobal: (sizes, _topic, value) => ({
      ok: true,
      value: [...sizes, JSON.parse(text.decode(value)) as Sizes[number]],
    }),
    versionAt: (sizes, clock) => {
      const inForce = sizes.filter(({ from }) => from <= clock).at(-1);
      return inForce === undefined ? '' : String(inForce.size);
    },
    decide,
    tickAt: (instant) => Math.ceil(instant / 100) * 100,
    encodeState: (state) => bytes(state),
    decodeState: (value) => JSON.parse(text.decode(value)) as Counter,
    describe: (output) => ({
      topic: 'levels',
      kind: output.what,
      key: output.key,
      sequence: output.sequence,
      named: JSON.stringify(output),
      published: JSON.stringify(output),
    }),
    encodeOutput: (output) => bytes(output),
    adopt: (state, published) => {
      for (const one of published) {
        const { sequence, level } = JSON.parse(one) as Published;
        state.sequence = sequence;
        state.level = level;
      }
      return state;
    },
  };
}

function decide(
  previous: Counter | undefined,
  work: Work<Add>,
  { asOf, version }: Context<Sizes>,
): Decision<Counter, Add, Published> {
  const born = work.kind === 'record' ? work.input.key : '';
  const state = previous ?? { key: born, count: 0, level: 0, sequence: 0, wakeAt: -1, version };
  const { key } = state;
  const outputs: Published[] = [];
  state.version = version;
  const publish = (what: Published['what']): void => {
    state.sequence += 1;
    outputs.push({ key, what, sequence: state.sequence, level: state.level, at: asOf });
  };
  if (state.wakeAt >= 0 && state.wakeAt <= asOf) {
    state.wakeAt = -1;
    publish('woke');
  }
  if (work.kind === 'record') {
    if (work.input.n < 0) throw new Error('a count cannot go back');
    if (work.input.remove === true) {
      return { state: undefined, outputs, refusals: [], dueAt: Infinity, outcome: 'removed' };
    }
    state.count += work.input.n;
    if (work.input.sleep !== undefined) state.wakeAt = asOf + work.input.sleep;
  }
  const level = Math.floor(state.count / Number(version));
  if (level !== state.level) {
    state.level = level;
    publish('level');
  }
  const dueAt = state.wakeAt < 0 ? Infinity : state.wakeAt;
  return { state, outputs, refusals: [], dueAt, outcome: work.kind };
}
