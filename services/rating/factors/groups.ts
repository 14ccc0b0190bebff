import { isEmpty, type Buckets } from './buckets';

/**
 * The groups of a series by key, in order of the keys' code units, so that whoever walks them meets them
 * in the same order whatever the order of the facts was. Two flat arrays: a customer has many groups,
 * and most of them one row.
 */
export interface Groups {
  readonly keys: string[];
  readonly buckets: Buckets[];
}

export const emptyGroups = (): Groups => ({ keys: [], buckets: [] });

export const sizeOf = (groups: Groups | undefined): number => groups?.keys.length ?? 0;

/** Index of the first group whose key is `key` or comes after it. */
export function placeOf({ keys }: Groups, key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function bucketsOf(groups: Groups, key: string): Buckets | undefined {
  const at = placeOf(groups, key);
  return groups.keys[at] === key ? groups.buckets[at] : undefined;
}

/** Puts a new group where its key belongs. */
export function insertAt({ keys, buckets }: Groups, at: number, key: string, of: Buckets): void {
  if (at === keys.length) {
    keys.push(key);
    buckets.push(of);
    return;
  }
  keys.splice(at, 0, key);
  buckets.splice(at, 0, of);
}

/** Forgets the groups in which nothing is left. */
export function dropEmpty({ keys, buckets }: Groups): void {
  let kept = 0;
  for (let i = 0; i < keys.length; i += 1) {
    const of = buckets[i];
    if (of === undefined || isEmpty(of)) continue;
    keys[kept] = keys[i] ?? '';
    buckets[kept] = of;
    kept += 1;
  }
  keys.length = kept;
  buckets.length = kept;
}
