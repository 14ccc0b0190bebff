import type { Journal } from '@tidemark/schemas/records';
import { encode } from '@tidemark/schemas/avro';
import { Fenced, PositionGone } from '../../errors';
import type { Commit, StateWrite } from '../../ports';
import { memoryCluster } from './cluster';
import { IMMEDIATE, type Hooks, type PortCall } from './hooks';
import { leaveGap } from './topic-data';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LIMIT = { records: 10, bytes: 1000 };
const OPTIONS = { partitions: 2, inputTopics: ['in'], globalTopics: ['rules'] };

function commitOf(step: number): Commit {
  const journal: Journal = {
    application: 'test',
    generation: 1,
    partition: 0,
    partitions: 1,
    step,
    kind: 'records',
    time: 'wall',
    clock: 0,
    slices: [],
    positions: {},
    refused: [],
    schemas: [],
    globalRefused: [],
    removed: [],
    outputs: [],
    restart: { step, position: 0 },
    build: 'b',
    version: '',
    previousHash: null,
  };
  return {
    journal,
    bytes: encode('journal', journal),
    outputs: [{ topic: 'out', key: 'k', value: bytes(`of ${step}`) }],
    checkpoint: {
      blobs: [{ key: 'k', step, dueAt: Infinity, bytes: bytes('state') }],
      forgotten: [],
      restart: { step, position: step, asOf: step },
    },
  };
}

const put = (more: Partial<StateWrite>): StateWrite => ({
  owner: 1,
  previous: undefined,
  step: undefined,
  blobs: [],
  ...more,
});

describe('the memory adapter', () => {
  it('commits outputs, journal and checkpoint together, or nothing for an owner of yesterday', async () => {
    const { ports, outputs } = memoryCluster(OPTIONS).partition(0);
    const old = await ports.ledger.fence();
    const owner = await ports.ledger.fence();
    await expect(ports.ledger.commit(old, commitOf(0))).rejects.toThrow(Fenced);
    expect(await ports.ledger.last()).toBeUndefined();
    expect(await ports.checkpoints.restart()).toBeUndefined();
    expect((await outputs.read('out', 0, LIMIT)).records).toEqual([]);

    expect(await ports.ledger.commit(owner, commitOf(0))).toBe(0);
    expect((await ports.ledger.last())?.record).toEqual(commitOf(0).journal);
    expect(await ports.checkpoints.restart()).toEqual({ step: 0, position: 0, asOf: 0 });
    expect((await outputs.read('out', 0, LIMIT)).records).toHaveLength(1);
  });

  it('keeps what it was given, whatever becomes of the bytes of the caller', async () => {
    const { ports, writer } = memoryCluster(OPTIONS).partition(0);
    const value = bytes('abc');
    await writer.append('in', [value]);
    value.fill(0);
    const first = await ports.inputs.read('in', 0, LIMIT);
    expect(first.records[0]?.value).toEqual(bytes('abc'));
    first.records[0]?.value.fill(0);
    expect((await ports.inputs.read('in', 0, LIMIT)).records[0]?.value).toEqual(bytes('abc'));
  });

  it('reads on beyond a gap and refuses a position that is none', async () => {
    const cluster = memoryCluster(OPTIONS);
    const { ports, writer } = cluster.partition(0);
    await writer.append('in', [bytes('a'), bytes('b')]);
    const topic = cluster.data[0]?.topics.get('in');
    if (topic === undefined) throw new Error('the topic is missing');
    leaveGap(topic, 3);
    await writer.append('in', [bytes('c')]);
    expect((await ports.inputs.read('in', 0, { records: 2, bytes: 1000 })).next).toBe(5);
    expect((await ports.inputs.read('in', 3, LIMIT)).records.map((r) => r.offset)).toEqual([5]);
    expect((await ports.inputs.read('in', 1, { records: 9, bytes: 1 })).next).toBe(5);
    await expect(ports.inputs.read('in', 7, LIMIT)).rejects.toThrow(PositionGone);
  });

  it('shares the global topics among the partitions', async () => {
    const cluster = memoryCluster(OPTIONS);
    await cluster.globals().append('rules', [bytes('r')]);
    for (const partition of [0, 1]) {
      const { inputs } = cluster.partition(partition).ports;
      expect((await inputs.read('rules', 0, LIMIT)).records).toHaveLength(1);
    }
    expect(() => cluster.partition(2)).toThrow(RangeError);
  });

  it('ends a wait with the append that was waited for', async () => {
    const { ports, writer } = memoryCluster(OPTIONS).partition(0);
    const waiting = ports.inputs.changed(new Map([['in', 0]]), 60_000);
    await writer.append('in', [bytes('a')]);
    await waiting;
    await ports.inputs.changed(new Map([['in', 0]]), 60_000);
  });

  it('answers a write of states by watermark, owner and step', async () => {
    const { states } = memoryCluster(OPTIONS).partition(0).ports;
    const blob = (step: number, text: string) => ({
      key: 'k',
      step,
      dueAt: 7,
      bytes: bytes(text),
    });
    expect(await states.open(1)).toBeUndefined();
    expect(await states.put(put({ previous: 3, step: 4 }))).toBe('gap');
    expect(await states.put(put({ blobs: [blob(5, 'new')] }))).toBe('applied');
    expect(await states.put(put({ step: 5, blobs: [blob(4, 'old')] }))).toBe('applied');
    const found = await states.get({ owner: 1, watermark: 5 }, ['k', 'x']);
    expect(found.map((b) => b?.bytes)).toEqual([bytes('new'), undefined]);
    expect(await states.put(put({ previous: 4, step: 5 }))).toBe('already');
    expect(await states.put(put({ previous: 6, step: 7 }))).toBe('gap');
    expect(await states.open(2)).toBe(5);
    expect(await states.put(put({ previous: 5, step: 6 }))).toBe('fenced');
    await expect(states.open(1)).rejects.toThrow(Fenced);
    expect(await states.forget(2)).toBe('applied');
    expect(await states.open(2)).toBeUndefined();
  });
});

describe('the hooks of the memory adapter', () => {
  it('see every call and decide whether and when it is done', async () => {
    const seen: string[] = [];
    let fault: 'refuse' | 'unknown' | undefined;
    const hooks: Hooks = {
      wait: IMMEDIATE.wait,
      call: async <T>(call: PortCall, perform: () => T): Promise<T> => {
        seen.push(`${call.port}.${call.method}`);
        if (fault === 'refuse') throw new Error('refused');
        const answer = perform();
        if (fault === 'unknown') throw new Error('no answer');
        return answer;
      },
    };
    const cluster = memoryCluster(OPTIONS);
    const { ledger } = cluster.partition(0, hooks).ports;
    const owner = await ledger.fence();
    fault = 'refuse';
    await expect(ledger.commit(owner, commitOf(0))).rejects.toThrow('refused');
    expect(cluster.data[0]?.ledger.journal).toHaveLength(0);
    fault = 'unknown';
    await expect(ledger.commit(owner, commitOf(0))).rejects.toThrow('no answer');
    expect(cluster.data[0]?.ledger.journal).toHaveLength(1);
    expect(seen).toEqual(['ledger.fence', 'ledger.commit', 'ledger.commit']);
  });
});
