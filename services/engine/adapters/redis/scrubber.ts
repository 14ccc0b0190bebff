import type { Blob, OwnerToken } from '../../ports';
import { decodeBlobIfWhole, decodeHead, isEntryOf } from './blob-codec';
import type { RedisConnection } from './connection';
import { BUCKETS, bucketOf, placeOf, type Whose } from './place';
import { bytesOf, listOf, metaOf, nextBucket, pairsOf } from './reply-codec';
import { INSPECT, LOOK } from './scripts';
import type { RedisStates } from './states';

/**
 * What is wrong with the state of a key.
 * damaged: not what was written. missing-state: the due index has the key, its state is gone.
 * missing-entry: the other way round. other-entry: due instant or removal differ between the two.
 * missing: the checkpoint has the key, Redis nothing of it. behind: older than in the checkpoint although
 * the watermark is past it. other-state: of the same step as in the checkpoint, and not the same.
 */
export type Finding =
  | 'damaged'
  | 'missing-state'
  | 'missing-entry'
  | 'other-entry'
  | 'missing'
  | 'behind'
  | 'other-state';

export interface ScrubOptions extends Whose {
  readonly connection: RedisConnection;
  /** Of this partition, in the process that owns it. What is found condemns them: the owner rebuilds. */
  readonly states: Pick<RedisStates, 'owner' | 'condemn'>;
  /** So fast it walks, a key of the checkpoint counted like a key of Redis. */
  readonly keysPerSecond: number;
  /** All states of the checkpoint; absent: Redis is compared with itself alone. */
  readonly checkpoint?: () => AsyncIterable<readonly Blob[]>;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopping: () => boolean;
  /** How many keys of a kind were found, a page at a time; never which. */
  readonly found: (finding: Finding, keys: number) => void;
}

export interface Scrubbed {
  /** Keys of Redis and of the checkpoint that were looked at. */
  readonly keys: number;
  /**
   * done: all is well. found: it is not, the rest was left to the rebuild. left: it was asked to stop, or
   * Redis is being rebuilt or has another owner.
   */
  readonly ended: 'done' | 'found' | 'left';
}

/**
 * Walks once over a partition. State and entry of a key, and the watermark, are read by one script, so
 * what is written meanwhile is seen before or after, never half.
 * @throws RedisError, and what the checkpoint throws
 */
export async function scrub(options: ScrubOptions): Promise<Scrubbed> {
  const owner = options.states.owner();
  if (owner === undefined) return { keys: 0, ended: 'left' };
  const walk: Walk = { ...options, owner, meta: placeOf(options).meta, keys: 0 };
  const ended = (await walkRedis(walk)) ?? (await walkCheckpoint(walk)) ?? 'done';
  return { keys: walk.keys, ended };
}

interface Walk extends ScrubOptions {
  readonly owner: OwnerToken;
  readonly meta: string;
  keys: number;
}

type Ended = Scrubbed['ended'] | undefined;

/** Keys of one script: a tenth of a second's worth, and few enough for Redis to be quick. */
const PAGE_KEYS_MAX = 100;
const pageKeys = ({ keysPerSecond }: Walk): number =>
  Math.min(PAGE_KEYS_MAX, Math.max(1, Math.floor(keysPerSecond / 10)));

/** The watermark; undefined: there is nothing to compare now. */
function watermarkOf({ owner }: Walk, reply: readonly unknown[]): number | undefined {
  const meta = metaOf(reply[0]);
  return meta.owner === owner ? meta.step : undefined;
}

async function walkRedis(walk: Walk): Promise<Ended> {
  for (let bucket = 0; bucket < BUCKETS;) {
    if (walk.stopping()) return 'left';
    const args = [String(bucket), String(pageKeys(walk))];
    const reply = listOf(await walk.connection.run(INSPECT, walk.meta, args));
    if (watermarkOf(walk, reply) === undefined) return 'left';
    const [, next, ...pages] = reply;
    bucket = nextBucket(next, bucket);
    const { keys, findings } = inspected(pages);
    walk.keys += keys;
    const ended = tell(walk, findings);
    if (ended !== undefined) return ended;
    await keepPace(walk, keys);
  }
  return undefined;
}

/** Pages of entries and of the states that belong to them, by turns. */
function inspected(pages: readonly unknown[]): {
  readonly keys: number;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  let keys = 0;
  for (let i = 0; i + 1 < pages.length; i += 2) {
    const entries = [...pairsOf(pages[i])];
    const values = listOf(pages[i + 1]);
    entries.forEach(([key, entry], n) => {
      const finding = findingIn(key, entry, bytesOf(values[n]));
      if (finding !== undefined) findings.push(finding);
    });
    keys += entries.length;
  }
  return { keys, findings };
}

function findingIn(
  key: string,
  entry: Buffer | undefined,
  value: Buffer | undefined,
): Finding | undefined {
  if (value === undefined) return entry === undefined ? undefined : 'missing-state';
  if (decodeBlobIfWhole(key, value) === undefined) return 'damaged';
  if (entry === undefined) return 'missing-entry';
  return isEntryOf(entry, value) ? undefined : 'other-entry';
}

async function walkCheckpoint(walk: Walk): Promise<Ended> {
  // a key that is missing is no finding before the end: its removal may follow in the checkpoint
  const missing = new Map<string, Blob>();
  for await (const blobs of walk.checkpoint?.() ?? []) {
    for (let i = 0; i < blobs.length; i += PAGE_KEYS_MAX) {
      if (walk.stopping()) return 'left';
      const page = blobs.slice(i, i + PAGE_KEYS_MAX);
      const ended = await compare(walk, page, (blob) => {
        if (blob.bytes === undefined) missing.delete(blob.key);
        else missing.set(blob.key, blob);
        return undefined;
      });
      if (ended !== undefined) return ended;
      await keepPace(walk, page.length);
    }
  }
  const rest = [...missing.values()];
  for (let i = 0; i < rest.length; i += PAGE_KEYS_MAX) {
    const ended = await compare(walk, rest.slice(i, i + PAGE_KEYS_MAX), () => 'missing');
    if (ended !== undefined) return ended;
  }
  return undefined;
}

/** Compares a page of the checkpoint with what Redis has of its keys. */
async function compare(
  walk: Walk,
  page: readonly Blob[],
  ifMissing: (blob: Blob) => Finding | undefined,
): Promise<Ended> {
  const args = page.flatMap(({ key }) => [String(bucketOf(key)), key]);
  const reply = listOf(await walk.connection.run(LOOK, walk.meta, args));
  const watermark = watermarkOf(walk, reply);
  if (watermark === undefined) return 'left';
  const findings: Finding[] = [];
  page.forEach((blob, i) => {
    // the checkpoint is written with the step, Redis after it
    if (blob.step > watermark) return;
    const entry = bytesOf(reply[1 + 2 * i]);
    const value = bytesOf(reply[2 + 2 * i]);
    const finding =
      entry === undefined && value === undefined
        ? ifMissing(blob)
        : (findingIn(blob.key, entry, value) ?? differenceOf(blob, value));
    if (finding !== undefined) findings.push(finding);
  });
  walk.keys += page.length;
  return tell(walk, findings);
}

function differenceOf(blob: Blob, value: Buffer | undefined): Finding | undefined {
  if (value === undefined) return undefined;
  const { step, dueAt, removed } = decodeHead(blob.key, value);
  if (step < blob.step) return 'behind';
  if (step > blob.step) return undefined;
  const stored = decodeBlobIfWhole(blob.key, value)?.bytes;
  const isSame =
    dueAt === blob.dueAt &&
    removed === (blob.bytes === undefined) &&
    (stored === undefined || blob.bytes === undefined || Buffer.compare(stored, blob.bytes) === 0);
  return isSame ? undefined : 'other-state';
}

function tell({ found, states }: Walk, findings: readonly Finding[]): Ended {
  if (findings.length === 0) return undefined;
  const counts = new Map<Finding, number>();
  for (const finding of findings) counts.set(finding, (counts.get(finding) ?? 0) + 1);
  for (const [finding, keys] of counts) found(finding, keys);
  states.condemn();
  return 'found';
}

const keepPace = async ({ pause, keysPerSecond }: Walk, keys: number): Promise<void> => {
  if (keys > 0) await pause((1000 * keys) / keysPerSecond);
};
