import { samplePortfolio } from '@tidemark/cli/sample/portfolio';
import { random } from '@tidemark/cli/sample/random';
import { partitionOf } from '@tidemark/engine/partitioner';
import { encode } from '@tidemark/schemas/avro';
import type { InputRecord } from '@tidemark/schemas/records';
import { onWire, TOPIC_OF_INPUT } from './forms';

/** A record for an input topic, without its prefix. */
export interface LoadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer;
}

export interface LoadSettings {
  readonly seed: number;
  readonly customers: number;
  /** Of the portfolio; 60 make about 11 records for each customer. */
  readonly days: number;
  readonly partitions: number;
  /** Ids of the schemas by topic. */
  readonly schemas: ReadonlyMap<string, number>;
  /** Before the names of its customers, so that two portfolios have none in common. */
  readonly prefix?: string;
}

export interface Load {
  readonly records: readonly LoadRecord[];
  /** Records that look like the others and never happened: they are only sent to be taken back. */
  readonly untrue: readonly LoadRecord[];
}

const DAY_MS = 86_400_000;
/** What is no record: it must end in the dead letters and stop nothing. */
export const POISON = Buffer.from('no record of ours');
export const POISON_ONE_IN = 1_000;
const UNTRUE = 500;

/** A portfolio that ended yesterday: nothing of it lies in the future, and it is not late either. */
export function portfolioOf({
  customers,
  days,
  seed,
}: Pick<LoadSettings, 'customers' | 'days' | 'seed'>): Generator<InputRecord> {
  const zoneMs = 8 * 3_600_000;
  const start = Math.floor(Date.now() / DAY_MS - days - 2) * DAY_MS - zoneMs;
  return samplePortfolio({ seed, customers, days, start });
}

/** Such a portfolio, and what is no record of it. */
export function loadOf(settings: LoadSettings): Load {
  const { seed, prefix = '' } = settings;
  const { below } = random(seed);
  const records: LoadRecord[] = [];
  const untrue: LoadRecord[] = [];
  for (const lived of portfolioOf(settings)) {
    const record = { ...lived, customer: `${prefix}${lived.customer}` };
    const sent = loadRecord(settings, record);
    records.push(sent);
    if (below(POISON_ONE_IN) === 0) records.push({ ...sent, value: POISON });
    // a transaction that would change its customer's sums, if it were believed
    if (record.type === 'transaction' && untrue.length < UNTRUE) {
      const never = { ...record, id: `${record.id}-never`, txId: `${record.txId}-never` };
      untrue.push(loadRecord(settings, { ...never, amountCny: 900_000_000 }));
    }
  }
  return { records, untrue };
}

export function loadRecord(
  { partitions, schemas }: Pick<LoadSettings, 'partitions' | 'schemas'>,
  record: InputRecord,
): LoadRecord {
  const topic = TOPIC_OF_INPUT[record.type];
  const schema = schemas.get(topic);
  if (schema === undefined) throw new Error(`no schema is registered for ${topic}`);
  const key = `${record.institution}:${record.customer}`;
  const value = onWire(schema, encode(record.type, record));
  return { topic, partition: partitionOf(key, partitions), key, value };
}
