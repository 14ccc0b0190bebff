import type { Blob } from '../../ports';
import { journal } from '../../contracts/subject.contract';
import { encodeCheckpoint } from './blob-codec';
import { checkpointRecords, hasCheckpoint, kafkaCheckpoints } from './checkpoints';
import type { KafkaRecord, Reader } from './kafka';
import { BEGUN_KEY, PROBE_KEY, RESTART_KEY, topicNames } from './topic-names';

const names = topicNames({ prefix: 'bank', partitioned: [], global: [] });
const state = (key: string, step: number): Blob => ({
  key,
  step,
  dueAt: 5,
  bytes: Buffer.from(`${key} after ${step}`),
});
const tombstone = (key: string, step: number): Blob => ({
  key,
  step,
  dueAt: Infinity,
  bytes: undefined,
});

/** With null the key is forgotten. */
type Values = readonly (readonly [string, Blob | string | null])[];

const valueOf = (blob: Blob | string | null): Uint8Array => {
  if (blob === null) return new Uint8Array();
  return typeof blob === 'string' ? Buffer.from(blob) : encodeCheckpoint(blob);
};

function readerOf(values: Values): Reader {
  const records: KafkaRecord[] = values.map(([key, blob], offset) => ({
    offset,
    key: Buffer.from(key),
    value: valueOf(blob),
    timestamp: 0,
  }));
  // two records an answer; what the real one does is tried in test/integration/cluster
  const reader: Pick<Reader, 'bounds' | 'read' | 'view' | 'close'> = {
    bounds: async () => ({ first: 0, next: records.length }),
    read: async (_, from) => ({
      records: records.slice(from, from + 2),
      next: Math.min(from + 2, records.length),
    }),
    view: () => reader as Reader,
    close: async () => {},
  };
  return reader as Reader;
}

const BEGUN = [BEGUN_KEY, 'step 1'] as const;

/** What the blobs of a checkpoint that has begun come to with these values. */
async function blobsOf(values: Values): Promise<Blob[]> {
  const log = kafkaCheckpoints(readerOf([BEGUN, ...values]), names, 3);
  const found: Blob[] = [];
  for await (const page of log.blobs()) found.push(...page);
  return found.map((one) => ({
    ...one,
    bytes: one.bytes === undefined ? undefined : Buffer.from(one.bytes),
  }));
}

it('gives states and tombstones in the order in which they were written', async () => {
  const blobs = [state('a', 1), state('b', 1), tombstone('a', 2), state('b', 3), state('a', 4)];
  expect(await blobsOf(blobs.map((one) => [one.key, one]))).toEqual(blobs);
});

it('gives nothing of a key whose end alone is left', async () => {
  expect(await blobsOf([['a', null]])).toEqual([]);
  expect(
    await blobsOf([
      ['a', tombstone('a', 2)],
      ['a', null],
    ]),
  ).toEqual([tombstone('a', 2)]);
});

it('ends a state whose tombstone was compacted away while it was read', async () => {
  expect(
    await blobsOf([
      ['a', state('a', 1)],
      ['b', state('b', 1)],
      ['a', null],
      ['a', state('a', 9)],
    ]),
  ).toEqual([state('a', 1), state('b', 1), tombstone('a', 2), state('a', 9)]);
});

it('is not begun by what an owner begins with', async () => {
  const probe = [PROBE_KEY, null] as const;
  expect(await blobsOf([probe, ['a', state('a', 1)], probe])).toEqual([state('a', 1)]);
  expect(await hasCheckpoint(readerOf([probe, probe, probe]), names, 3)).toBe(false);
  expect(await hasCheckpoint(readerOf([probe, probe, ['a', null]]), names, 3)).toBe(true);
  expect(await hasCheckpoint(readerOf([]), names, 3)).toBe(false);
});

describe('what it says of itself', () => {
  const slice = (step: number) => ({
    blobs: [state('a', step)],
    forgotten: [],
    restart: { step, position: 2 * step, asOf: step + 1 },
  });
  /** What the topic is given with steps: with a slice, or by an owner who has found none. */
  const topicOf = (...steps: readonly ('begins' | 'goes on' | number)[]): Values =>
    steps.flatMap((one, step) => {
      const owner = { ...journal(step), kind: 'owner' as const };
      const at = { step: one === 'goes on' ? 5 : 0, position: 0 };
      const records =
        typeof one === 'number'
          ? checkpointRecords({ ...journal(one), kind: 'records' }, slice(one))
          : checkpointRecords({ ...owner, restart: at }, undefined);
      return records.map(({ key, value }): Values[number] => {
        const name = String(key);
        if (value === null) return [name, null];
        return [name, name === 'a' ? state('a', Number(one)) : Buffer.from(value).toString()];
      });
    });
  const restartOf = (values: Values) => kafkaCheckpoints(readerOf(values), names, 3).restart();

  it('is where a replay begins by its newest slice', async () => {
    expect(await restartOf(topicOf('begins'))).toBeUndefined();
    const restart = { step: 3, position: 6, asOf: 4 };
    expect(await restartOf(topicOf('begins', 2, 3))).toEqual(restart);
    expect(await restartOf([...topicOf('begins', 2, 3, 'goes on'), [PROBE_KEY, null]])).toEqual(
      restart,
    );
  });

  it('is nothing of slices from before it began', async () => {
    expect(await restartOf(topicOf('begins', 2, 3, 'begins'))).toBeUndefined();
    const values = topicOf('begins', 2, 'begins', 3);
    // compaction leaves of the first beginning nothing
    const compacted = values.slice(2);
    expect(compacted[0]).toEqual(['a', state('a', 2)]);
    const blobs: Blob[] = [];
    for await (const page of kafkaCheckpoints(readerOf(compacted), names, 3).blobs()) {
      blobs.push(...page);
    }
    expect(blobs.map(({ step }) => step)).toEqual([3]);
  });

  it('is nothing where its beginning was lost: with it may be states', async () => {
    const values = topicOf('begins', 2, 3);
    expect(values[0]).toEqual(['begun', 'step 0']);
    expect(await restartOf(values.slice(1))).toBeUndefined();
    expect(await restartOf([])).toBeUndefined();
    const found = kafkaCheckpoints(readerOf(values.slice(1)), names, 3).blobs();
    for await (const page of found) expect(page).toEqual([]);
  });

  it('is the slice before where the end was lost', async () => {
    const values = topicOf('begins', 2, 3);
    expect(values.at(-1)?.[0]).toBe(RESTART_KEY);
    expect(await restartOf(values.slice(0, -2))).toEqual({ step: 2, position: 4, asOf: 3 });
  });

  it('stops the partition where nobody can read it', async () => {
    await expect(restartOf([BEGUN, [RESTART_KEY, 'step 5']])).rejects.toThrow(
      'bank.checkpoints.v1/3@1: the checkpoint does not say where a replay over it begins',
    );
  });
});

it('has less in memory at once for who takes his time', async () => {
  const asked: { records: number; bytes: number; ahead: number | undefined }[] = [];
  const reader = readerOf([BEGUN, ['a', state('a', 1)]]);
  const seen = (ahead?: number): Reader => ({
    ...reader,
    read: (at, from, limit) => {
      asked.push({ records: limit.records, bytes: limit.bytes, ahead });
      return reader.read(at, from, limit);
    },
  });
  const log = kafkaCheckpoints({ ...reader, view: seen }, names, 3);
  for await (const page of log.blobs()) expect(page).toHaveLength(1);
  const fast = asked.at(-1);
  for await (const page of log.blobsSlowly()) expect(page).toHaveLength(1);
  const slow = asked.at(-1);
  expect(fast?.ahead).toBeUndefined();
  expect(slow?.ahead).toBeLessThan(100_000);
  expect(slow?.bytes).toBeLessThan((fast?.bytes ?? 0) / 10);
  expect(slow?.records).toBeLessThanOrEqual(500);
});
