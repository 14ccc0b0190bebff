import { memoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { IMMEDIATE, type Hooks } from '@tidemark/engine/adapters/memory/hooks';
import { newAllowance } from '@tidemark/engine/adapters/registry/allowance';
import { framed } from '@tidemark/engine/adapters/registry/frame';
import type { FoundSchema, Registry } from '@tidemark/engine/adapters/registry/registry';
import { schemaBook, type SchemaBook } from '@tidemark/engine/adapters/registry/schema-book';
import type { TopicLog } from '@tidemark/engine/ports';
import { schemaOf } from '@tidemark/schemas/avro';
import { wireLog } from './wire-log';

const LIMIT = { records: 100, bytes: 1 << 20 };
const READY = { ...LIMIT, onlyReady: true };
/** Longer than a test takes: whoever waits for so long waits for nothing else. */
const LONG_MS = 600_000;
/** A wait that nobody ends fails the test, and does not outlive it for long. */
const SHORT: Hooks = {
  ...IMMEDIATE,
  wait: (call, { waitMs, ...wait }) =>
    IMMEDIATE.wait(call, { ...wait, waitMs: Math.min(waitMs, 8_000) }),
};
const TRANSACTION = 1;
const FOREIGN = 2;
const LATE = 3;

/** A registry that has our schema of transactions and another one, and tells what it was asked. */
function testRegistry() {
  const schemas = new Map<number, FoundSchema>([
    [TRANSACTION, { text: JSON.stringify(schemaOf('transaction')) }],
    [FOREIGN, { text: '"string"' }],
  ]);
  const asked: number[] = [];
  const registry: Pick<Registry, 'schemaById'> = {
    schemaById: async (id) => {
      asked.push(id);
      return schemas.get(id);
    },
  };
  return { registry: registry as Registry, asked, schemas };
}

const of = (id: number): Uint8Array => framed(id, Buffer.from([id % 256]));

describe('a log of records in Avro', () => {
  let world: ReturnType<typeof testRegistry>;
  let book: SchemaBook;
  let log: TopicLog;
  const append = (topic: string, ...ids: readonly number[]): Promise<number> =>
    cluster.partition(0).writer.append(topic, ids.map(of));
  let cluster: ReturnType<typeof memoryCluster>;

  const open = (missingMs: number): void => {
    world = testRegistry();
    book = schemaBook({ registry: world.registry, missingMs });
    cluster = memoryCluster({
      partitions: 1,
      inputTopics: ['transactions', 'risk-events'],
      globalTopics: [],
    });
    log = wireLog(cluster.partition(0, SHORT).ports.inputs, book);
  };
  afterEach(() => book.close());

  /** All that can be read, as a partition reads it. */
  async function readAll(topic: string, count: number, records = LIMIT.records): Promise<number> {
    let at = 0;
    let reads = 0;
    while (at < count) {
      const { next } = await log.read(topic, at, { ...READY, records });
      if (next === at) await log.changed(new Map([[topic, at]]), LONG_MS);
      at = next;
      reads += 1;
    }
    return reads;
  }

  it('gives what stands before a record whose schema is asked for, and the rest when it is known', async () => {
    open(LONG_MS);
    await append('transactions', TRANSACTION);
    expect(await readAll('transactions', 1)).toBeGreaterThan(0);
    await append('transactions', TRANSACTION, LATE, TRANSACTION);
    const ready = await log.read('transactions', 0, READY);
    expect([ready.records.length, ready.next]).toEqual([2, 2]);
    expect(await log.read('transactions', 2, READY)).toMatchObject({ records: [], next: 2 });
    world.schemas.set(LATE, { text: '"string"' });
    await log.changed(new Map([['transactions', 2]]), LONG_MS);
    expect(await log.read('transactions', 2, READY)).toMatchObject({ next: 4 });
  });

  it('lets other topics be read while one waits', async () => {
    open(LONG_MS);
    await append('transactions', LATE);
    expect(await log.read('transactions', 0, READY)).toMatchObject({ records: [], next: 0 });
    const positions = new Map([
      ['transactions', 0],
      ['risk-events', 0],
    ]);
    const changed = log.changed(positions, LONG_MS);
    await append('risk-events', FOREIGN);
    await changed;
    await append('risk-events', FOREIGN);
    await readAll('risk-events', 2);
    expect(await log.read('transactions', 0, READY)).toMatchObject({ records: [], next: 0 });
  });

  it('waits for a flood of unknown ids once, not for one after the other', async () => {
    const waitMs = 1_000;
    open(waitMs);
    const ids = Array.from({ length: 1_000 }, (_, i) => 1_000 + i);
    await append('transactions', ...ids);
    const began = performance.now();
    await readAll('transactions', ids.length, 100);
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(waitMs);
    // ten reads of a hundred records, each of which would wait
    expect(tookMs).toBeLessThan(10 * waitMs);
    expect(new Set(world.asked).size).toBe(ids.length);
    expect(book.get(1_999)).toEqual({ kind: 'missing' });
  });

  it('does not let the haste of one partition be the verdict of another', async () => {
    const waitMs = 300;
    open(waitMs);
    await append('transactions', ...Array.from({ length: 200 }, (_, i) => 1_000 + i), LATE);
    await readAll('transactions', 201, 100);
    // this one has spent nothing yet: it waits, and the schema comes
    const other = wireLog(cluster.partition(0).ports.inputs, book);
    const reading = other.read('transactions', 200, LIMIT);
    world.schemas.set(LATE, { text: '"string"' });
    expect((await reading).schemas).toMatchObject([{ id: LATE }]);
  });

  it('waits no longer than it may', async () => {
    open(LONG_MS);
    await append('transactions', TRANSACTION, LATE);
    const hasty = wireLog(cluster.partition(0).ports.inputs, book, newAllowance(1_000));
    expect(await hasty.read('transactions', 0, LIMIT)).toMatchObject({ missing: [LATE] });
    expect(world.asked.filter((id) => id === LATE).length).toBeGreaterThan(1);
  });

  it('says of schemas that are not of the kind of the topic that they are foreign', async () => {
    open(0);
    await append('transactions', TRANSACTION, FOREIGN);
    const { schemas } = await log.read('transactions', 0, LIMIT);
    expect(schemas).toMatchObject([{ id: TRANSACTION }, { id: FOREIGN, foreign: true }]);
    expect(schemas?.[0]?.foreign).toBeUndefined();
  });

  it('names the ids that nobody has a schema of', async () => {
    open(0);
    await append('transactions', TRANSACTION, LATE);
    expect(await log.read('transactions', 0, LIMIT)).toMatchObject({
      ...{ schemas: [{ id: TRANSACTION }], missing: [LATE] },
    });
    await append('transactions', TRANSACTION);
    expect(await log.read('transactions', 2, LIMIT)).not.toHaveProperty('missing');
  });

  it('fails when the registry is not asked any more', async () => {
    open(LONG_MS);
    await append('transactions', LATE);
    await log.read('transactions', 0, READY);
    const changed = log.changed(new Map([['transactions', 0]]), LONG_MS);
    book.close();
    await changed;
    await expect(log.read('transactions', 0, READY)).rejects.toThrow('not asked any more');
  });
});
