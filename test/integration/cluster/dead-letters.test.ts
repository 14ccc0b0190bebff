import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, testFolder, toLines, type Ran } from '@tidemark/cli/run-main.fixture';
import { partitionOf } from '@tidemark/engine/partitioner';
import { parseMetrics, valueOf } from '../../support/scraped';
import { BIN, startChild } from '../cli/tidemark';
import { workerOf, type Worker } from '../faults/workers';
import { readCommitted } from './kcat';
import { clientsOf, type Clients } from './kafkajs-clients';
import {
  describeWithServers,
  scratchFolder,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from './servers';

jest.setTimeout(240_000);

const PARTITIONS = 2;
const MACHINE = join(__dirname, '../../../services/rating/dist/customer-machine.js');
const AT = Date.parse('2026-03-03T02:00:00Z');

/** A processor whose machine breaks at one record, as no build of ours is known to do. */
const BREAKING = `
const { customerMachine } = require(${JSON.stringify(MACHINE)});
const { decide } = customerMachine;
customerMachine.decide = (state, work, context) => {
  if (work.kind === 'record' && work.input.id === 'breaks') throw new Error('c-1 breaks it');
  return decide(state, work, context);
};
`;

interface Listed {
  readonly letters: readonly { readonly letter: string; readonly state: string }[];
  readonly counts: readonly Record<string, unknown>[];
}

describeWithServers('dead letters and orders of a cluster', () => {
  const file = testFolder();
  const prefix = uniqueName('letters');
  let kafka: KafkaCluster;
  let registry: RegistryServer;
  let redis: RedisServer;
  let clients: Clients;
  let worker: Worker;

  const where = (): string[] => [
    ...['--brokers', kafka.bootstrap, '--registry', registry.url],
    ...['--prefix', prefix, '--application', prefix],
  ];
  const tidemark = (...args: readonly string[]): Promise<Ran> => runMain(...args, ...where());
  const done = async (...args: readonly string[]): Promise<Ran> => {
    const ran = await tidemark(...args);
    expect(ran).toMatchObject({ code: 0 });
    return ran;
  };
  const topic = (name: string): string => `${prefix}.${name}.v1`;
  const records = (name: string): ReturnType<typeof readCommitted> =>
    readCommitted(kafka.bootstrap, topic(name));
  const list = async (...more: readonly string[]): Promise<Listed> => {
    const { out } = await done('dead-letters', 'list', '--json', ...more);
    return JSON.parse(out);
  };

  const record = (customer: string, id: string, more: object): Record<string, unknown> => ({
    ...{ institution: 'bank-1', customer, id, occurredAt: AT, ...more },
  });
  const profile = (customer: string, id: string): Record<string, unknown> =>
    record(customer, id, { type: 'profile-change', set: { customerKind: 'natural' } });
  const listHit = (customer: string, id: string, entryId: string): Record<string, unknown> =>
    record(customer, id, { type: 'risk-event', kind: 'control_list_hit', entryId });
  const send = async (...events: Record<string, unknown>[]): Promise<void> => {
    await done('send', file('events.jsonl', toLines(events)), '--quiet');
  };

  const environment = (): Record<string, string> => ({
    TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
    TIDEMARK_REGISTRY_URL: registry.url,
    TIDEMARK_REDIS_URL: redis.url,
    TIDEMARK_PREFIX: prefix,
    TIDEMARK_APPLICATION: prefix,
  });

  beforeAll(async () => {
    [kafka, registry, redis] = await Promise.all([startKafka(), startRegistry(), startRedis()]);
    clients = await clientsOf(kafka.bootstrap);
    await done('topics', 'apply', '--partitions', String(PARTITIONS));
    await done('methodology', 'publish', 'cn-aml-bank');
    const preload = join(scratchFolder('breaking'), 'breaking.js');
    writeFileSync(preload, BREAKING);
    const options = { NODE_OPTIONS: `--require ${preload}` };
    worker = await workerOf('breaking', { ...environment(), ...options });
    await worker.start();
    await until('it is ready', worker.isReady);
  }, 420_000);

  const partition = partitionOf('bank-1:c-1', PARTITIONS);
  /** Another customer of that partition. */
  const [neighbour = ''] = ['n-1', 'n-2', 'n-3', 'n-4', 'n-5', 'n-6', 'n-7', 'n-8'].filter(
    (customer) => partitionOf(`bank-1:${customer}`, PARTITIONS) === partition,
  );
  const skip = (offset: number): Promise<Ran> =>
    tidemark(
      ...['skip', '--topic', 'risk-events', '--partition', String(partition)],
      ...['--offset', String(offset), '--reason', 'fault 12', '--by', 'alice'],
    );

  /** What a metric says of the partition. */
  const measured = async (
    name: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<number | undefined> => {
    const [, port = ''] = /"port":(\d+)/.exec(worker.said()) ?? [];
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return valueOf(parseMetrics(text), name, { partition: String(partition), ...labels });
  };
  const stuck = (reason: string): Promise<number | undefined> =>
    measured('tidemark_partition_stuck', { reason });

  it('a record that stops a partition is passed over by order, without a restart', async () => {
    await send(
      profile('c-1', 'p-1'),
      listHit(neighbour, 'l-0', 'e-0'),
      listHit('c-1', 'breaks', 'e-1'),
      listHit('c-1', 'l-2', 'e-2'),
    );
    await until('it is stopped', async () => (await stuck('record')) === 1);
    expect(worker.said()).toContain(`cannot take risk-events/${partition}@1`);
    expect(await worker.isReady()).toBe(false);
    expect(worker.said()).not.toContain('c-1');
    // for as long as it is stopped: what waits is deleted after the retention of its topic
    const topic = { topic: 'risk-events' };
    await until('what waits is told', async () => {
      return (await measured('tidemark_lag_records', topic)) === 2;
    });
    expect(await measured('tidemark_lag_seconds', topic)).toBeGreaterThan(0);
    expect(await measured('tidemark_retention_left_seconds', topic)).toBeDefined();
    expect(await measured('tidemark_partition_step')).toBeGreaterThan(0);

    const gone = await skip(7);
    expect(gone).toMatchObject({ code: 2, err: expect.stringContaining('it ends at 3') });
    const before = await skip(0);
    expect(before).toMatchObject({ code: 2, err: expect.stringContaining('decided already') });
    const behind = await skip(2);
    expect(behind).toMatchObject({ code: 2, err: expect.stringContaining('there is 1. Name') });
    expect(await records('orders')).toEqual([]);
    expect((await skip(1)).err).toContain('is passed over as soon as');
    expect((await skip(1)).err).toMatch(/ordered already, by alice|decided already/);
    await until('it goes on', worker.isReady);
    expect(await stuck('none')).toBe(0);
    expect(await stuck('record')).toBeUndefined();
    await until('what came behind it is decided', async () =>
      (await records('grade-changes')).some(({ value }) => value?.includes('l-2') === true),
    );
    const late = await skip(1);
    expect(late).toMatchObject({ code: 2, err: expect.stringContaining('decided already') });
    const journal = Buffer.concat(
      (await records('journal')).map(({ value }) => value ?? Buffer.of()),
    );
    expect(journal.includes('fault 12 (alice)')).toBe(true);
    const { letters } = await list();
    expect(letters).toEqual([expect.objectContaining({ code: 'skipped', state: 'open' })]);
  });

  it('is sent again once, by a build that takes it, whoever orders it and how often', async () => {
    // the build that can take it
    await worker.stop();
    worker = await workerOf('mended', environment());
    await worker.start();
    await until('it is ready', worker.isReady);
    const [one] = (await list()).letters;
    const letter = one?.letter ?? '';
    const shown = await done('dead-letters', 'show', letter, '--json');
    expect(JSON.parse(shown.out)).toMatchObject({ record: { id: 'breaks', customer: 'c-1' } });
    expect(shown.err).toContain('customer data');

    const order = async (by: string): Promise<{ code: number | null; err: string }> => {
      const replay = ['dead-letters', 'replay', letter, '--by', by, ...where()];
      const child = startChild(process.execPath, [BIN, ...replay]);
      return { code: (await child.ended).code, err: child.err() };
    };
    // one of two at once may be told to say it again
    const both = await Promise.all([order('alice'), order('bob')]);
    const again = await order('carol');
    expect(again.code).toBe(0);
    const sent = [...both, again].filter(({ err }) => err.includes('sent: 1,'));
    expect(sent).toHaveLength(1);
    const events = await records('risk-events');
    const copies = events.filter(({ value }) => value?.includes('breaks') === true);
    expect(copies).toHaveLength(2);
    expect(copies[1]?.value).toEqual(copies[0]?.value);
    expect(copies[1]?.key?.toString()).toBe('bank-1:c-1');
    expect((await list('--all')).letters).toMatchObject([{ letter, state: 'replayed' }]);
    const orders = await records('orders');
    expect(orders).toHaveLength(2);
  });

  it('goes in the order of its customer, and what is discarded stays', async () => {
    const producer = await clients.producer();
    const to = partitionOf('bank-1:c-2', PARTITIONS);
    // no schema of ours: refused, and refused again when it is sent again
    const messages = ['first', 'second', 'third'].map((value) => ({
      ...{ partition: to, key: 'bank-1:c-2', value },
    }));
    await producer.send({ topic: topic('transactions'), messages });
    await until('they are refused', async () => (await list()).letters.length === 3);
    const [first = '', second = '', third = ''] = (await list()).letters.map(
      ({ letter }) => letter,
    );
    const early = await tidemark('dead-letters', 'replay', third);
    expect(early).toMatchObject({ code: 2, err: expect.stringContaining(`${first}, ${second}`) });
    await done('dead-letters', 'discard', first, '--reason', 'ticket 9', '--by', 'alice');
    const ran = await done('dead-letters', 'replay', third, '--with-earlier');
    expect(ran.err).toContain('sent: 2, stay open: 0');
    const values = async (): Promise<(string | undefined)[]> =>
      (await records('transactions')).map(({ value }) => value?.toString());
    expect(await values()).toEqual(['first', 'second', 'third', 'second', 'third']);

    await until('they are refused again', async () => (await list()).letters.length === 2);
    const table = await done('dead-letters', 'list', '--code', 'undecodable');
    expect(table.out).toMatch(/^undecodable +\S+transactions\.v1 +2 +2 +1 /m);
    expect(table.out).not.toContain('c-2');
    const verified = await done('verify', '--quiet');
    expect(verified.out.match(/: whole$/gm)).toHaveLength(PARTITIONS);
  });
});
