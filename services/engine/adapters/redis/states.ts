import { Fenced, StateLost } from '../../errors';
import type {
  Blob,
  DueEntry,
  OwnerToken,
  PutOutcome,
  StatesAt,
  StateStore,
  StateWrite,
} from '../../ports';
import { decodeBlob, decodeHead, packBlobs } from './blob-codec';
import type { RedisConnection, Script } from './connection';
import { RedisError } from './errors';
import { placeOf, BUCKETS, type Place, type Whose } from './place';
import {
  bytesOf,
  listOf,
  metaOf,
  nextBucket,
  numberOf,
  pairsOf,
  stepOf,
  textOf,
  unexpected,
} from './reply-codec';
import { DUE, FORGET, OPEN, PUT } from './scripts';

export interface RedisStatesOptions extends Whose {
  readonly connection: RedisConnection;
  /** A write of more bytes is sent in several scripts, so that none holds Redis up for long; 1 MiB unless given. */
  readonly partBytes?: number;
}

/** The copy of a partition's states in Redis. */
export interface RedisStates extends StateStore {
  /** Who opened it here last; undefined: nobody yet. */
  readonly owner: () => OwnerToken | undefined;
  /** From now on every call but `open`, `watermark` and `forget` throws StateLost: a scrubber has found damage. */
  readonly condemn: () => void;
}

const PART_BYTES = 1 << 20;
/** Entries of the due index in an answer, and keys that one script forgets: about 10 ms of Redis. */
const PAGE_KEYS = 5_000;

/** What this process takes Redis to hold. */
interface View {
  owner: OwnerToken | undefined;
  watermark: number | undefined;
  /** Writes since the watermark moved: Redis counts them too. */
  parts: number;
  condemned: boolean;
  /** A write in several parts that is under way. */
  splitting: Promise<unknown> | undefined;
}

type Run = (script: Script, ...args: readonly (string | Uint8Array)[]) => Promise<unknown>;

/** @throws RangeError for a name of an application that holds braces */
export function redisStates(options: RedisStatesOptions): RedisStates {
  const { connection, partBytes = PART_BYTES } = options;
  const place = placeOf(options);
  const view: View = {
    ...{ owner: undefined, watermark: undefined, parts: 0 },
    ...{ condemned: false, splitting: undefined },
  };
  const run: Run = (script, ...args) => connection.run(script, place.meta, args);
  return {
    open: (owner) => open(run, view, owner),
    watermark: async () => metaOf(listOf(await connection.values([place.meta]))[0]).step,
    due: () => duePages(run, view),
    get: (at, keys) => get(connection, place, view, at, keys),
    put: (write) => put(run, view, write, partBytes),
    forget: (owner) => forget(run, view, owner),
    owner: () => view.owner,
    condemn: () => {
      view.condemned = true;
    },
  };
}

const numberText = (step: number | undefined): string => (step === undefined ? '' : String(step));

const lost = (): StateLost => new StateLost('Redis is not as its owner has left it');
const fenced = (): Fenced => new Fenced('another owner has taken the states in Redis over');

async function open(run: Run, view: View, owner: OwnerToken): Promise<number | undefined> {
  const [code, step] = listOf(await run(OPEN, String(owner)));
  switch (textOf(code)) {
    case 'fenced':
      throw fenced();
    case 'format':
      throw new RedisError(
        'FORMAT',
        'the states in Redis were written by another release in a format that is not known: remove them, or use another database',
      );
    default: {
      const watermark = stepOf(step);
      Object.assign(view, { owner, watermark, parts: 0, condemned: false });
      return watermark;
    }
  }
}

/** The parts there must be: without a watermark nothing else tells an older copy from this one. */
const partsAt = ({ parts }: View, watermark: number | undefined): string =>
  watermark === undefined ? String(parts) : '';

/** @throws StateLost, Fenced */
function answered(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw textOf(reply) === 'fenced' ? fenced() : lost();
}

/** @throws StateLost also where an entry is gone: its key would be taken for a new one */
async function* duePages(run: Run, view: View): AsyncGenerator<readonly DueEntry[]> {
  let missing = 0;
  for (let bucket = 0; bucket < BUCKETS;) {
    const { owner, watermark, condemned } = view;
    if (owner === undefined || condemned) throw lost();
    const [next, count, ...pages] = answered(
      await run(
        DUE,
        String(owner),
        numberText(watermark),
        partsAt(view, watermark),
        String(bucket),
        String(PAGE_KEYS),
      ),
    );
    const entries = entriesOf(pages);
    if (bucket === 0) missing = numberOf(count);
    missing -= entries.length;
    if (entries.length > 0) yield entries;
    bucket = nextBucket(next, bucket);
  }
  if (missing !== 0) throw new StateLost('entries of the due index in Redis are gone');
}

/** Pages of entries and of the heads of their states, by turns. @throws StateLost where a state is gone */
function entriesOf(pages: readonly unknown[]): DueEntry[] {
  const entries: DueEntry[] = [];
  for (let i = 0; i + 1 < pages.length; i += 2) {
    const heads = listOf(pages[i + 1]);
    [...pairsOf(pages[i])].forEach(([key], n) => {
      entries.push(decodeHead(key, bytesOf(heads[n]) ?? Buffer.alloc(0)));
    });
  }
  return entries;
}

/** One MGET, not a script: states need not pass through Lua to be read at one moment with the watermark. */
async function get(
  connection: RedisConnection,
  { meta, states }: Place,
  view: View,
  { owner, watermark }: StatesAt,
  keys: readonly string[],
): Promise<readonly (Blob | undefined)[]> {
  if (view.condemned) throw lost();
  const { parts } = view;
  const [found, ...values] = listOf(
    await connection.values([meta, ...keys.map((key) => states + key)]),
  );
  const is = metaOf(found);
  if (is.owner !== undefined && is.owner > owner) throw fenced();
  const isSame = is.owner === owner && is.step === watermark;
  if (!isSame || (watermark === undefined && is.parts !== parts)) throw lost();
  return keys.map((key, i) => {
    const value = bytesOf(values[i]);
    return value === undefined ? undefined : decodeBlob(key, value);
  });
}

/** Writes may be sent without waiting for the one before, but none enters into one in several parts. */
async function put(
  run: Run,
  view: View,
  write: StateWrite,
  partBytes: number,
): Promise<PutOutcome> {
  while (view.splitting !== undefined) await view.splitting;
  if (view.condemned) throw lost();
  const first = packBlobs(write.blobs, 0, partBytes);
  if (first.next >= write.blobs.length) return putPart(run, view, write, first.bytes, true, true);
  const parts = putParts(run, view, write, first, partBytes);
  view.splitting = parts
    .catch(() => undefined)
    .finally(() => {
      view.splitting = undefined;
    });
  return parts;
}

async function putParts(
  run: Run,
  view: View,
  write: StateWrite,
  first: ReturnType<typeof packBlobs>,
  partBytes: number,
): Promise<PutOutcome> {
  const { blobs } = write;
  let outcome = await putPart(run, view, write, first.bytes, true, false);
  for (let from = first.next; from < blobs.length && outcome === 'applied';) {
    const { bytes, next } = packBlobs(blobs, from, partBytes);
    outcome = await putPart(run, view, write, bytes, false, next >= blobs.length);
    from = next;
  }
  return outcome;
}

async function putPart(
  run: Run,
  view: View,
  { owner, previous, step }: StateWrite,
  bytes: Uint8Array,
  isFirst: boolean,
  isLast: boolean,
): Promise<PutOutcome> {
  // at a watermark that fits, parts of an attempt that was given up do not matter: its steps are known
  const parts = isFirst && previous !== undefined ? undefined : view.parts;
  const before = { watermark: view.watermark, parts: view.parts };
  const moves = isLast && step !== undefined;
  const after = moves
    ? { watermark: step, parts: 0 }
    : { watermark: isLast ? undefined : view.watermark, parts: (parts ?? 0) + 1 };
  // set before the answer: the next write may be sent before it
  Object.assign(view, after);
  const reply = await run(
    PUT,
    String(owner),
    numberText(previous),
    numberText(step),
    numberText(parts),
    isLast ? '1' : '0',
    bytes,
  );
  const outcome = outcomeOf(reply);
  const isUndone = outcome === 'gap' || outcome === 'fenced';
  if (isUndone && view.watermark === after.watermark && view.parts === after.parts) {
    Object.assign(view, before);
  }
  return outcome;
}

function outcomeOf(reply: unknown): PutOutcome {
  const text = textOf(reply);
  switch (text) {
    case 'applied':
    case 'already':
    case 'gap':
    case 'fenced':
      return text;
    default:
      throw unexpected();
  }
}

async function forget(run: Run, view: View, owner: OwnerToken): Promise<PutOutcome> {
  for (let bucket = 0; bucket < BUCKETS;) {
    const reply = await run(FORGET, String(owner), String(bucket), String(PAGE_KEYS));
    if (typeof reply !== 'number') return outcomeOf(reply);
    bucket = nextBucket(reply, bucket);
  }
  Object.assign(view, { owner, watermark: undefined, parts: 0, condemned: false });
  return 'applied';
}
