/** A frame of a CPU profile. */
export interface Frame {
  readonly functionName: string;
  readonly url: string;
}

/** The part that a stack counts for, innermost frame first. */
export type OwnerOf = (stack: readonly Frame[]) => string;

/** A part: the first frame from inside that lies in one of its files counts for it. */
export interface Part {
  readonly name: string;
  /** How the path of the file ends, or a part of it. */
  readonly path: string;
  /** This function alone. */
  readonly functionName?: string;
}

const REST = 'the benchmark and V8 itself';

/** The function of the core that a sample is counted for. */
export const CORE_PARTS: readonly Part[] = [
  { name: 'fold', path: '/rating/dist/factors/fold.js', functionName: 'fold' },
  { name: 'evaluate', path: '/rating/dist/grading/evaluate.js', functionName: 'evaluate' },
  { name: 'publish', path: '/rating/dist/grading/publish.js', functionName: 'publish' },
  { name: 'rest of decide', path: '/rating/dist/customer.js', functionName: 'decide' },
];

/** The modules through which an event passes; helpers of a module count for whoever called them. */
export const ENGINE_MODULES: readonly Part[] = [
  { name: 'taking in: sort, check, append', path: '/processor/dist/' },
  { name: 'decode of a record', path: '/rating/dist/input-line.js' },
  { name: 'decide: fold', path: '/rating/dist/factors/fold.js', functionName: 'fold' },
  { name: 'decide: evaluate', path: '/rating/dist/grading/evaluate.js', functionName: 'evaluate' },
  { name: 'decide: publish', path: '/rating/dist/grading/publish.js', functionName: 'publish' },
  { name: 'decide: rest', path: '/rating/dist/customer.js', functionName: 'decide' },
  { name: 'state codec', path: '/rating/dist/customer-codec.js' },
  { name: 'local store', path: '/engine/dist/adapters/local/' },
  { name: 'partition runner', path: '/engine/dist/' },
  { name: 'feeding events', path: '/bench/dist/' },
];

export const ownerOf =
  (parts: readonly Part[]): OwnerOf =>
  (stack) => {
    for (const { functionName, url } of stack) {
      const part = parts.find(
        (it) =>
          url.includes(it.path) &&
          (it.functionName === undefined || it.functionName === functionName),
      );
      if (part !== undefined) return part.name;
    }
    return REST;
  };
