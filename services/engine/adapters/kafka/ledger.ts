import { Fenced } from '../../errors';
import { decodeJournal } from '../../journal';
import type { Commit, JournalEntry, Ledger, OutputRecord, OwnerToken } from '../../ports';
import { FRAME_BYTES } from '../registry/frame';
import { checkpointRecords } from './checkpoints';
import type {
  Kafka,
  KafkaRecord,
  ProducedRecord,
  Reader,
  TopicPartition,
  Transactions,
} from './kafka';
import { newestRecord } from './newest-record';
import { CHECKPOINTS, JOURNAL, PROBE_KEY, type TopicNames } from './topic-names';

/** The journal's records with their schema's id before them, as all values on Kafka are. */
export interface JournalFrame {
  readonly wrap: (bytes: Uint8Array) => Uint8Array;
  /** The bytes of the record as our schema writes it, whichever schema it was written with. */
  readonly open: (value: Uint8Array) => Promise<Uint8Array>;
}

export interface JournalSettings {
  readonly reader: Reader;
  readonly names: TopicNames;
  readonly partition: number;
  readonly frame: JournalFrame;
}

export interface LedgerSettings extends JournalSettings {
  readonly kafka: Kafka;
  readonly application: string;
  readonly generation: number;
  /** Whose committed offsets lag tools read. */
  readonly group: string;
}

/** What is read of a journal, by whoever. */
export type JournalReader = Pick<Ledger, 'last' | 'read'> & {
  /** Gives its buffers back; the reader stays open. */
  readonly close: () => Promise<void>;
};

/** One that may be told that it is not read for now: it gives its buffers back and fetches nothing. */
type RestingReader = JournalReader & { readonly rest: () => void };

const PAGE_BYTES = 8 << 20;

/** The journal of one partition, for those who do not write it. */
export function readOnlyLedger({
  reader,
  names,
  partition,
  frame,
}: JournalSettings): RestingReader {
  const view = reader.view();
  const at: TopicPartition = { topic: names.of(JOURNAL).topic, partition };
  /** What a step has read exists, also for a broker that has just become a leader and lags behind. */
  const expectRead = ({ record: { positions } }: JournalEntry): void => {
    for (const [logical, next] of Object.entries(positions)) {
      const { topic, global } = names.of(logical);
      view.expect({ topic, partition: global ? 0 : partition }, next);
    }
  };
  const entryOf = async ({ offset, value, timestamp }: KafkaRecord): Promise<JournalEntry> => ({
    position: offset,
    record: decodeJournal(await frame.open(value)),
    // as they were written, also where the record was translated: the next one holds their hash
    bytes: new Uint8Array(value.subarray(FRAME_BYTES)),
    appendedAt: timestamp,
  });
  return {
    last: async () => {
      const newest = await newestRecord(view, at, isStep);
      view.release([at]);
      if (newest === undefined) return undefined;
      const entry = await entryOf(newest);
      expectRead(entry);
      return entry;
    },
    read: async (from, limit) => {
      const entries: JournalEntry[] = [];
      for (let position = from; entries.length < limit;) {
        const wanted = { records: limit - entries.length, bytes: PAGE_BYTES };
        const { records, next } = await view.read(at, position, wanted);
        for (const record of records.filter(isStep)) entries.push(await entryOf(record));
        if (next === position) break;
        position = next;
      }
      const last = entries.at(-1);
      if (last !== undefined) expectRead(last);
      return entries;
    },
    rest: () => view.release([at]),
    close: view.close,
  };
}

/** What an owner begins with is no step: it has no value. */
const isStep = ({ value }: KafkaRecord): boolean => value.byteLength > 0;

/**
 * The ledger of one partition: everything of a step in one transaction of a producer that the next owner
 * fences. The place of a step is the offset of its record. The producer of an owner ends with its first
 * error; the next `fence` makes another.
 */
export function kafkaLedger(settings: LedgerSettings): Ledger & JournalReader {
  const { kafka, application, generation, partition } = settings;
  const journal = readOnlyLedger(settings);
  const id = `${application}-${generation}-${partition}`;
  let token: OwnerToken = 0;
  let transactions: Transactions | undefined;
  const givenUp = new AbortController();
  let tail: Promise<unknown> = Promise.resolve();
  /** One after the other; a fence waits for the commit under way, whose outcome is then known. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const mine = tail.then(run);
    tail = mine.catch(() => undefined);
    return mine;
  };
  const committed = new Map<string, number>();
  const close = async (): Promise<void> => {
    const closed = transactions;
    transactions = undefined;
    await closed?.close();
  };
  return {
    last: journal.last,
    read: journal.read,
    fence: () => {
      token += 1;
      const mine = token;
      return inTurn(async () => {
        await close();
        committed.clear();
        const fenced = await kafka.transactions(id, givenUp.signal);
        await probe(settings, fenced);
        transactions = fenced;
        return mine;
      });
    },
    giveUp: () => givenUp.abort(),
    commit: (owner, commit) =>
      inTurn(async () => {
        if (owner !== token || transactions === undefined) {
          throw new Fenced('another owner has taken the partition over');
        }
        // who writes it has read it: what would be fetched from now on are his own steps, megabytes of them
        journal.rest();
        return write(settings, transactions, commit, committed);
      }),
    skewMs: () => transactions?.skewMs(),
    close: async () => {
      token += 1;
      await tail;
      await close();
      await journal.close();
    },
  };
}

/** @param committed the offsets that the group has, by topic: only those that change are written */
async function write(
  { reader, names, partition, frame, group }: LedgerSettings,
  transactions: Transactions,
  { journal, bytes, outputs, checkpoint }: Commit,
  committed: Map<string, number>,
): Promise<number> {
  const placeOf = (logical: string): TopicPartition => ({
    topic: names.of(logical).topic,
    partition,
  });
  const key = `${journal.application}:${journal.generation}:${partition}`;
  const records: ProducedRecord[] = [
    ...outputs.map((output) => ({
      ...placeOf(output.topic),
      ...{ key: output.key, value: output.value, ...beside(output) },
    })),
    ...checkpointRecords(journal, checkpoint).map((one) => ({ ...placeOf(CHECKPOINTS), ...one })),
    { ...placeOf(JOURNAL), key, value: frame.wrap(bytes) },
  ];
  const next = Object.entries(journal.positions)
    .filter(([logical, offset]) => !names.of(logical).global && committed.get(logical) !== offset)
    .map(([logical, offset]) => ({ logical, ...placeOf(logical), offset }));
  const written = await transactions.commit(records, { group, next });
  for (const { logical, offset } of next) committed.set(logical, offset);
  expectWritten(reader, written);
  const position = written.get(`${names.of(JOURNAL).topic}/${partition}`);
  if (position === undefined) throw new Error('the journal record was written nowhere');
  return position;
}

const beside = ({ headers }: OutputRecord): Pick<ProducedRecord, 'headers'> => {
  if (headers === undefined) return {};
  const named = Object.entries(headers);
  return { headers: named.map(([name, value]) => ({ name, value: Buffer.from(value) })) };
};

/**
 * Writes what is no step to the journal and the checkpoints. A leader that was cut off and still answers
 * has neither, and would else be believed: it gives an older end, after which steps are done twice.
 */
async function probe(
  { reader, names, partition, group }: LedgerSettings,
  transactions: Transactions,
): Promise<void> {
  const records = [JOURNAL, CHECKPOINTS].map((logical) => ({
    ...{ topic: names.of(logical).topic, partition },
    ...{ key: PROBE_KEY, value: null },
  }));
  expectWritten(reader, await transactions.commit(records, { group, next: [] }));
}

/** @param written the last offsets, by `topic/partition` */
function expectWritten(reader: Reader, written: ReadonlyMap<string, number>): void {
  for (const [place, offset] of written) {
    const slash = place.lastIndexOf('/');
    const at = { topic: place.slice(0, slash), partition: Number(place.slice(slash + 1)) };
    reader.expect(at, offset + 1);
  }
}
