/** The names of what a partition keeps in Redis: all begin alike and lie on one node of a cluster. */
export interface Place {
  /** Owner token, watermark and format; scripts derive all other names from its name. */
  readonly meta: string;
  /** Before the key in the name of its state. */
  readonly states: string;
}

export interface Whose {
  /** Name of the application: without braces. */
  readonly application: string;
  readonly generation: number;
  readonly partition: number;
}

/** @throws RangeError for a name that would break the hash tag */
export function placeOf({ application, generation, partition }: Whose): Place {
  if (application === '' || /[{}]/.test(application)) {
    throw new RangeError('the name of an application is not empty and holds no braces');
  }
  const tag = `{${application}:${generation}:${partition}}`;
  return { meta: `${tag}:meta`, states: `${tag}:s:` };
}

/**
 * Hashes that share the due index of a partition. Up to 128 entries Redis keeps a hash as one list of
 * bytes, half as large as a table; so the index is small up to half a million customers a partition.
 */
export const BUCKETS = 4096;

/** FNV-1a over the code units. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Which of the hashes has the entry of a key. */
export const bucketOf = (key: string): number => hashOf(key) % BUCKETS;
