import { writerOf, type Writer } from '@tidemark/schemas/avro-reader';
import { sha256 } from '../../journal';
import { pause } from '../../pause';
import { newAllowance, type Allowance } from './allowance';
import { outages } from './patience';
import { RegistryDown, type FoundSchema, type Registry } from './registry';
import { LISTED, waits, type SchemaWait } from './schema-wait';

/** What is known of a schema's id. */
export type Entry =
  | {
      readonly kind: 'schema';
      readonly fingerprint: string;
      /** Undefined: no Avro schema that can be read. */
      readonly writer: Writer | undefined;
    }
  | { readonly kind: 'missing' };

/** The schemas of a registry by id, kept for good: an id never means another schema. */
export interface SchemaBook {
  /** What is known of an id that was settled; undefined: it was not. */
  readonly get: (id: number) => Entry | undefined;
  /**
   * Whether nothing has to be asked before records of this schema are read.
   * @param allowance as for `settle`: who may wait no longer believes at once that an id is missing
   */
  readonly isSettled: (id: number, allowance?: Allowance) => boolean;
  /**
   * Resolves when each id is known, or the registry has said for long enough that it does not have it.
   * While the registry is down it is waited for. All ids wait together.
   * @param allowance of those who have waited before; absent: they may wait for long
   * @param topic whose records wait, for whoever is told
   * @throws when the book is closed meanwhile
   */
  readonly settle: (ids: Iterable<number>, allowance?: Allowance, topic?: string) => Promise<void>;
  /** For one partition, or whoever else reads records one after the other. */
  readonly allowance: () => Allowance;
  readonly close: () => void;
}

export interface BookOptions {
  readonly registry: Registry;
  /** An id that the registry does not have is asked for again for so long, milliseconds. */
  readonly missingMs?: number;
  readonly log?: (message: string) => void;
  /** Told when a wait of some length begins, once for an id, and when it ended well. */
  readonly waiting?: (wait: SchemaWait) => void;
}

/** A producer may have registered its schema this moment, and not all nodes of a registry know it yet. */
const MISSING_MS = 30_000;
const PAUSE_MS = { first: 100, last: 5_000 };
/** Ids that are missing and remembered: garbage must not fill the memory. */
const MISSING_MAX = 10_000;

const MISSING: Entry = { kind: 'missing' };

interface Missing {
  /** When the registry last said that it has no such id, by the clock of the process. */
  readonly at: number;
  /** How long it was waited for at most: who may wait for longer does not rely on it. */
  readonly waitedMs: number;
}

export function schemaBook(options: BookOptions): SchemaBook {
  const { registry, missingMs = MISSING_MS } = options;
  const known = new Map<number, Entry>();
  const missing = new Map<number, Missing>();
  /** Some that are missing were forgotten: all partitions share the book, and any may hold garbage. */
  let isCut = false;
  const underWay = new Map<number, Promise<Entry | 'down'>>();
  const closing = new AbortController();
  const tell = outages(options.log ?? (() => {}));
  const tellWait = waits(options.waiting ?? (() => {}));

  async function answerOn(id: number): Promise<Entry | 'down'> {
    try {
      const schema = await registry.schemaById(id);
      tell.answered();
      return schema === undefined ? MISSING : entryOf(schema);
    } catch (error) {
      if (!(error instanceof RegistryDown)) throw error;
      tell.failed(error.message);
      return 'down';
    }
  }

  /** One request for an id, whoever wants to know of it meanwhile. */
  function asked(id: number): Promise<Entry | 'down'> {
    const begun = underWay.get(id);
    if (begun !== undefined) return begun;
    const task = answerOn(id).finally(() => underWay.delete(id));
    underWay.set(id, task);
    return task;
  }

  /**
   * Asks for each that is open, one request at a time: a batch of garbage holds a thousand ids, and others
   * want to know of theirs meanwhile.
   * @returns whether the registry was down
   */
  async function round(open: Set<number>, isOver: () => boolean): Promise<boolean> {
    for (const id of [...open]) {
      closing.signal.throwIfAborted();
      if (isOver()) return false;
      // others may have asked for it meanwhile
      if (isSettled(id)) open.delete(id);
      if (!open.has(id)) continue;
      const answer = await asked(id);
      if (answer === 'down') return true;
      if (answer.kind === 'schema') {
        missing.delete(id);
        known.set(id, answer);
        open.delete(id);
      } else if (waitedMs(id) >= missingMs) {
        // it was waited for before
        noteMissing([id], missingMs);
        open.delete(id);
      }
    }
    return false;
  }

  /** All of them wait together. */
  async function settleAll(
    open: Set<number>,
    allowance: Allowance,
    begin: (open: ReadonlySet<number>, leftMs: number) => void,
  ): Promise<void> {
    /** While the registry answers: since when, and for how long it is asked again. */
    let wait: { readonly since: number; readonly ms: number } | undefined;
    const leftMs = (): number =>
      wait === undefined ? Infinity : wait.ms - (performance.now() - wait.since);
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.last)) {
      const began = performance.now();
      const isDown = await round(open, () => leftMs() <= 0);
      wait = isDown ? undefined : (wait ?? { since: began, ms: allowance.left() });
      const left = leftMs();
      if (wait !== undefined && (open.size === 0 || left <= 0)) {
        allowance.spend(wait.ms - left);
        noteMissing(open, wait.ms);
        return;
      }
      if (wait !== undefined) begin(open, left);
      await pause(Math.min(pauseMs, left), closing.signal);
    }
  }

  function noteMissing(ids: Iterable<number>, waited: number): void {
    const news: number[] = [];
    for (const id of ids) {
      const before = waitedMs(id);
      if (!missing.delete(id)) news.push(id);
      missing.set(id, { at: performance.now(), waitedMs: Math.max(before, waited) });
    }
    for (const [oldest] of missing) {
      if (missing.size <= MISSING_MAX) break;
      missing.delete(oldest);
      isCut = true;
    }
    if (news.length > 0) options.log?.(`the schema registry has no schema ${listed(news)}`);
  }

  const waitedMs = (id: number): number => missing.get(id)?.waitedMs ?? 0;

  const isSettled = (id: number, allowance?: Allowance): boolean => {
    if (known.has(id)) return true;
    const it = missing.get(id);
    if (it === undefined || performance.now() - it.at >= missingMs) return false;
    return it.waitedMs >= missingMs || (allowance !== undefined && it.waitedMs >= allowance.left());
  };

  return {
    // what is known is never forgotten: an id that was settled and is not in the book was missing
    get: (id) => known.get(id) ?? (isCut || missing.has(id) ? MISSING : undefined),
    isSettled,
    settle: async (ids, allowance = newAllowance(missingMs), topic) => {
      const open = new Set([...ids].filter((id) => !isSettled(id, allowance)));
      if (open.size === 0) return;
      const told = tellWait(topic);
      await settleAll(open, allowance, told.begin).finally(() => told.end(known));
    },
    allowance: () => newAllowance(missingMs),
    close: () => closing.abort(new Error('the schema registry is not asked any more')),
  };
}

function entryOf({ text }: FoundSchema): Entry {
  const writer = text === undefined ? undefined : writerOf(text);
  const fingerprint = writer?.fingerprint ?? sha256(text ?? 'not Avro');
  return { kind: 'schema', fingerprint, writer };
}

function listed(ids: readonly number[]): string {
  const rest = ids.length - LISTED;
  return `${ids.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
