import type { Blob } from '../../ports';
import { encodeCheckpoint } from './blob-codec';
import { hasCheckpoint, kafkaCheckpoints } from './checkpoints';
import type { KafkaRecord, Reader } from './kafka';
import { PROBE_KEY, topicNames } from './topic-names';

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

type Values = readonly (readonly [string, Blob | null])[];

function readerOf(values: Values): Reader {
  const records: KafkaRecord[] = values.map(([key, blob], offset) => ({
    offset,
    key: Buffer.from(key),
    value: blob === null ? new Uint8Array() : encodeCheckpoint(blob),
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

/** What the blobs of a topic with these values come to; null: the key is forgotten. */
async function blobsOf(values: Values): Promise<Blob[]> {
  const log = kafkaCheckpoints(readerOf(values), names, 3, async () => undefined);
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

it('has less in memory at once for who takes his time', async () => {
  const asked: { records: number; bytes: number; ahead: number | undefined }[] = [];
  const reader = readerOf([['a', state('a', 1)]]);
  const seen = (ahead?: number): Reader => ({
    ...reader,
    read: (at, from, limit) => {
      asked.push({ records: limit.records, bytes: limit.bytes, ahead });
      return reader.read(at, from, limit);
    },
  });
  const log = kafkaCheckpoints({ ...reader, view: seen }, names, 3, async () => undefined);
  for await (const page of log.blobs()) expect(page).toHaveLength(1);
  for await (const page of log.blobsSlowly()) expect(page).toHaveLength(1);
  const [fast, slow] = asked;
  expect(fast?.ahead).toBeUndefined();
  expect(slow?.ahead).toBeLessThan(100_000);
  expect(slow?.bytes).toBeLessThan((fast?.bytes ?? 0) / 10);
  expect(slow?.records).toBeLessThanOrEqual(500);
});
