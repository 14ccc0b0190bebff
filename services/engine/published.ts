import type { Journal, OutputEntry } from '@tidemark/schemas/records';
import type { LogRecord, OutputRecord, TopicLog } from './ports';
import type { Step } from './step';

/** What may be said of a topic of outputs; undefined: it holds what the journal names, in that order. */
export interface PublishedTopic {
  /** Of a key only the newest record is sure to be there. */
  readonly compacted?: boolean;
  /** Others write to it too. */
  readonly shared?: boolean;
  /** What stands from here on may belong to steps that were committed after the journal was read. */
  readonly end?: number;
}

export interface PublishedOptions {
  readonly topics: ReadonlyMap<string, PublishedTopic>;
  /** What the journal would say of a published record; undefined: it cannot be read. */
  readonly identify: (topic: string, value: Uint8Array) => Identity | undefined;
  /** Outputs become visible so much later than the journal's record, milliseconds. */
  readonly lagMs: number;
}

export interface Identity {
  /** Undefined: it does not say. */
  readonly key?: string;
  readonly digest: string;
}

export interface OutputCounts {
  /** Outputs that this build brings in another form than the one that decided; their digests are compared. */
  otherBuild: number;
  /** Outputs that their topic keeps no longer. */
  gone: number;
}

/** Compares what was published with what the journal names, step by step. */
export interface Published {
  /**
   * Faults of the outputs of one step.
   * @param build the present one
   * @param others keys of which the step published what another build would have had to bring
   */
  readonly compare: (
    record: Journal,
    step: Step,
    build: string,
    others?: ReadonlySet<string>,
  ) => Promise<string[]>;
  /** Faults: what was published beyond that, and what must still be there and is not. */
  readonly rest: () => Promise<string[]>;
}

/** Where the comparison of one topic is. */
interface Cursor {
  readonly topic: string;
  readonly is: PublishedTopic;
  readonly records: LogRecord[];
  next: number;
  /** Its first records are not kept any more, and none was met yet that is. */
  isCut: boolean;
  /** There was nothing after a wait. */
  isDry: boolean;
  /** Keys whose newest output was not met, with its place in the journal. */
  readonly unmet: Map<string, string>;
}

/** Where one alien record hides all that follow, a few of them will do. */
const SHOWN = 20;
const READ = { records: 1000, bytes: 4 << 20 };
const SAME_PLACE: PublishedTopic = {};

/** An output that the journal names. */
interface Named {
  readonly entry: OutputEntry;
  /** What follows from the records now. */
  readonly now: OutputRecord | undefined;
  readonly isOwnBuild: boolean;
  /** For people. */
  readonly where: string;
}

export function publishedIn(
  outputs: TopicLog,
  counts: OutputCounts,
  options: PublishedOptions | undefined,
): Published {
  const cursors = new Map<string, Cursor>();

  async function cursorOf(topic: string): Promise<Cursor> {
    const known = cursors.get(topic);
    if (known !== undefined) return known;
    const { first } = await outputs.bounds(topic);
    const is = options?.topics.get(topic) ?? SAME_PLACE;
    const unmet = new Map<string, string>();
    const made = { topic, is, records: [], next: first, isCut: first > 0, isDry: false, unmet };
    cursors.set(topic, made);
    return made;
  }

  /** Whether there are more than `count` records from the present one on. */
  async function has(cursor: Cursor, count: number, waits: boolean): Promise<boolean> {
    const { topic, records } = cursor;
    while (records.length <= count) {
      const read = await outputs.read(topic, cursor.next, READ);
      if (read.next > cursor.next) {
        records.push(...read.records);
        cursor.next = read.next;
        cursor.isDry = false;
      } else if (!waits || cursor.isDry || options === undefined) return false;
      else {
        await outputs.changed(new Map([[topic, cursor.next]]), options.lagMs);
        cursor.isDry = true;
      }
    }
    return true;
  }

  /** own: it is what follows. other: it is what another build published. */
  function judge(topic: string, { entry, now, isOwnBuild }: Named, { value }: LogRecord): Judged {
    if (now !== undefined && Buffer.compare(value, now.value) === 0) return 'own';
    if (isOwnBuild) return 'none';
    if (options === undefined) return 'other';
    const identity = options.identify(topic, value);
    const isIt = identity?.digest === entry.digest && (identity.key ?? entry.key) === entry.key;
    return isIt ? 'other' : 'none';
  }

  async function compareOne(cursor: Cursor, named: Named): Promise<string | undefined> {
    const { topic, is, records } = cursor;
    const found = is.shared === true ? await among(cursor, named) : await nextIs(cursor, named);
    if (found !== 'none') {
      records.shift();
      cursor.isCut = false;
      cursor.unmet.delete(named.entry.key);
      if (found === 'other') counts.otherBuild += 1;
      return undefined;
    }
    if (is.compacted === true) cursor.unmet.set(named.entry.key, named.where);
    if (is.compacted === true || cursor.isCut) {
      counts.gone += 1;
      return undefined;
    }
    const [met] = records;
    if (met === undefined || is.shared === true) {
      return `${named.where}: the journal names it, ${topic} lacks it`;
    }
    records.shift();
    if (!(await isNext(cursor, named))) {
      return `${named.where}: ${topic}@${met.offset} is not what follows from the records`;
    }
    records.shift();
    return `${topic}@${met.offset}: the journal does not name it`;
  }

  async function isNext(cursor: Cursor, named: Named): Promise<boolean> {
    const hasMore = await has(cursor, 0, false);
    const [following] = cursor.records;
    return hasMore && following !== undefined && judge(cursor.topic, named, following) === 'own';
  }

  async function nextIs(cursor: Cursor, named: Named): Promise<Judged> {
    if (!(await has(cursor, 0, true))) return 'none';
    const [met] = cursor.records;
    return met === undefined ? 'none' : judge(cursor.topic, named, met);
  }

  /** Looks for it behind records of others, which are passed over. */
  async function among(cursor: Cursor, named: Named): Promise<Judged> {
    for (let i = 0; await has(cursor, i, true); i += 1) {
      const met = cursor.records[i];
      const judged = met === undefined ? 'none' : judge(cursor.topic, named, met);
      if (judged === 'none') continue;
      cursor.records.splice(0, i);
      return judged;
    }
    return 'none';
  }

  return {
    compare: async (record, step, build, others) => {
      const faults: string[] = [];
      for (const topic of new Set(record.outputs.map((output) => output.topic))) {
        const cursor = await cursorOf(topic);
        const now = step.outputs.filter((output) => output.topic === topic);
        const entries = record.outputs.filter((output) => output.topic === topic);
        for (const [i, entry] of entries.entries()) {
          const isOwnBuild = record.build === build && others?.has(entry.key) !== true;
          const where = placeOf(record, entry);
          const fault = await compareOne(cursor, { entry, now: now[i], isOwnBuild, where });
          if (fault !== undefined) faults.push(fault);
        }
      }
      return faults;
    },
    rest: async () => {
      const faults: string[] = [];
      for (const topic of options?.topics.keys() ?? []) await cursorOf(topic);
      for (const cursor of cursors.values()) {
        const { topic, is, unmet } = cursor;
        const [...places] = unmet.values();
        for (const where of places.slice(0, SHOWN)) faults.push(`${where}: ${topic} lacks it`);
        if (places.length > SHOWN) faults.push(`${topic}: lacks ${places.length - SHOWN} more`);
        if (is.shared === true || !(await has(cursor, 0, false))) continue;
        const [one] = cursor.records;
        if (one === undefined || one.offset >= (is.end ?? Infinity)) continue;
        faults.push(`${topic}@${one.offset}: the journal does not name it`);
      }
      return faults;
    },
  };
}

type Judged = 'own' | 'other' | 'none';

function placeOf({ step }: Journal, { kind, sequence, key }: OutputEntry): string {
  const what = `${kind}${sequence === null ? '' : ` ${sequence}`}`;
  return `step ${step}, ${what} of key ${key === '' ? '-' : key}`;
}
