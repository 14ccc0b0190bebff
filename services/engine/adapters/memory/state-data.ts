import { Fenced, StateLost } from '../../errors';
import type { Blob, OwnerToken, PutOutcome, StatesAt, StateWrite } from '../../ports';
import { blobsOf, emptyBlobs, keepBlob, type BlobData } from './blob-data';

/** A state store as a server with scripts would keep it. */
export interface StateData extends BlobData {
  /** The greatest owner seen; 0: none, or the store was lost. */
  token: OwnerToken;
  watermark: number | undefined;
}

export const emptyStates = (): StateData => ({ ...emptyBlobs(), token: 0, watermark: undefined });

/** @throws Fenced where a later owner has opened it */
export function openStates(data: StateData, owner: OwnerToken): number | undefined {
  if (owner < data.token) throw new Fenced('another owner has taken the state store over');
  data.token = owner;
  return data.watermark;
}

/** @throws StateLost where another owner or watermark is found than the reader knows of */
export function getStates(
  data: StateData,
  { owner, watermark }: StatesAt,
  keys: readonly string[],
): (Blob | undefined)[] {
  if (owner < data.token) throw new Fenced('another owner has taken the state store over');
  if (owner !== data.token || watermark !== data.watermark) {
    throw new StateLost('the state store is not as its owner has left it');
  }
  return blobsOf(data, keys);
}

export function putStates(data: StateData, write: StateWrite): PutOutcome {
  if (write.owner < data.token) return 'fenced';
  // it was opened by this owner and does not know it: what it held since is lost
  if (write.owner > data.token) return 'gap';
  if (data.watermark !== write.previous) return isPast(data.watermark, write) ? 'already' : 'gap';
  for (const blob of write.blobs) {
    const stored = data.due.get(blob.key);
    if (stored === undefined || stored.step < blob.step) keepBlob(data, blob);
  }
  data.watermark = write.step;
  return 'applied';
}

const isPast = (watermark: number | undefined, { step }: StateWrite): boolean =>
  watermark !== undefined && step !== undefined && watermark >= step;

export function forgetStates(data: StateData, owner: OwnerToken): PutOutcome {
  if (owner < data.token) return 'fenced';
  data.token = owner;
  data.watermark = undefined;
  data.blobs.clear();
  data.due.clear();
  return 'applied';
}
