import { writerOf, type Writer } from '@tidemark/schemas/avro-reader';
import { sha256 } from '../../journal';
import { pause } from '../../pause';
import { outages } from './patience';
import { RegistryDown, type FoundSchema, type Registry } from './registry';

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
  /** Whether nothing has to be asked before records of this schema are read. */
  readonly isSettled: (id: number) => boolean;
  /**
   * Resolves when each id is known, or the registry has said for long enough that it does not have it.
   * While the registry is down it is waited for.
   * @throws when the book is closed meanwhile
   */
  readonly settle: (ids: Iterable<number>) => Promise<void>;
  readonly close: () => void;
}

export interface BookOptions {
  readonly registry: Registry;
  /** An id that the registry does not have is asked for again for so long, milliseconds. */
  readonly missingMs?: number;
  readonly log?: (message: string) => void;
}

/** A producer may have registered its schema this moment, and not all nodes of a registry know it yet. */
const MISSING_MS = 30_000;
const PAUSE_MS = { first: 100, last: 5_000 };
/** Ids that are missing and remembered: garbage must not fill the memory. */
const MISSING_MAX = 10_000;

const MISSING: Entry = { kind: 'missing' };

export function schemaBook(options: BookOptions): SchemaBook {
  const { registry, missingMs = MISSING_MS } = options;
  const known = new Map<number, Entry>();
  /** When the registry last said that it has no such id, by the clock of the process. */
  const missing = new Map<number, number>();
  /** Some that are missing were forgotten: all partitions share the book, and any may hold garbage. */
  let isCut = false;
  const underWay = new Map<number, Promise<void>>();
  const closing = new AbortController();
  const ask = inTurn(registry);
  const tell = outages(options.log ?? (() => {}));

  async function answerOn(id: number): Promise<Entry | 'down'> {
    try {
      const schema = await ask(id);
      tell.answered();
      return schema === undefined ? MISSING : entryOf(schema);
    } catch (error) {
      if (!(error instanceof RegistryDown)) throw error;
      tell.failed(error.message);
      return 'down';
    }
  }

  async function settleOne(id: number): Promise<void> {
    // one that was missing for long enough is asked for once more, not waited for again
    let since = missing.has(id) ? Number.NEGATIVE_INFINITY : undefined;
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.last)) {
      closing.signal.throwIfAborted();
      const answer = await answerOn(id);
      if (answer !== 'down' && answer.kind === 'schema') {
        missing.delete(id);
        known.set(id, answer);
        return;
      }
      const now = performance.now();
      if (answer !== 'down') since ??= now;
      else if (since !== Number.NEGATIVE_INFINITY) since = undefined;
      const left = since === undefined ? pauseMs : since + missingMs - now;
      if (answer !== 'down' && left <= 0) {
        noteMissing(id, now);
        return;
      }
      await pause(left > 0 ? Math.min(pauseMs, left) : pauseMs, closing.signal);
    }
  }

  function noteMissing(id: number, now: number): void {
    if (!missing.has(id)) options.log?.(`the schema registry has no schema ${id}`);
    missing.delete(id);
    missing.set(id, now);
    for (const [oldest] of missing) {
      if (missing.size <= MISSING_MAX) break;
      missing.delete(oldest);
      isCut = true;
    }
  }

  const isSettled = (id: number): boolean => {
    if (known.has(id)) return true;
    const at = missing.get(id);
    return at !== undefined && performance.now() - at < missingMs;
  };

  function settled(id: number): Promise<void> {
    const begun = underWay.get(id);
    if (begun !== undefined) return begun;
    const task = settleOne(id).finally(() => underWay.delete(id));
    underWay.set(id, task);
    return task;
  }

  return {
    // what is known is never forgotten: an id that was settled and is not in the book was missing
    get: (id) => known.get(id) ?? (isCut || missing.has(id) ? MISSING : undefined),
    isSettled,
    settle: async (ids) => {
      await Promise.all([...ids].filter((id) => !isSettled(id)).map(settled));
    },
    close: () => closing.abort(new Error('the schema registry is not asked any more')),
  };
}

function entryOf({ text }: FoundSchema): Entry {
  const writer = text === undefined ? undefined : writerOf(text);
  const fingerprint = writer?.fingerprint ?? sha256(text ?? 'not Avro');
  return { kind: 'schema', fingerprint, writer };
}

/** One request at a time: a batch of garbage holds a thousand ids. */
function inTurn(registry: Registry): (id: number) => Promise<FoundSchema | undefined> {
  let last: Promise<unknown> = Promise.resolve();
  return (id) => {
    const mine = last.then(() => registry.schemaById(id));
    last = mine.catch(() => undefined);
    return mine;
  };
}
