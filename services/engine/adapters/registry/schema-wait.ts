/** Garbage may have a thousand ids, and a line of a log is short. */
export const LISTED = 5;

/** Records wait for schemas that the registry does not have, or no longer do. */
export interface SchemaWait {
  /** The first of them. */
  readonly ids: readonly number[];
  readonly topic: string | undefined;
  /** For so long at most, milliseconds; undefined: the registry has them all by now. */
  readonly leftMs: number | undefined;
}

/** A shorter wait is not told of: garbage would else fill the log with its ever new ids. */
const TOLD_MS = 1_000;

/** Tells when a wait begins, of each id once whoever waits for it, and when all of it has come. */
export function waits(tell: (wait: SchemaWait) => void): (topic: string | undefined) => {
  readonly begin: (open: ReadonlySet<number>, leftMs: number) => void;
  readonly end: (known: ReadonlyMap<number, unknown>) => void;
} {
  const awaited = new Set<number>();
  return (topic) => {
    let ids: readonly number[] | undefined;
    return {
      begin: (open, leftMs) => {
        if (ids !== undefined || leftMs < TOLD_MS) return;
        ids = [...open].filter((id) => !awaited.has(id));
        for (const id of ids) awaited.add(id);
        if (ids.length > 0) tell({ ids: ids.slice(0, LISTED), topic, leftMs });
      },
      end: (known) => {
        if (ids === undefined || ids.length === 0) return;
        for (const id of ids) awaited.delete(id);
        if (!ids.every((id) => known.has(id))) return;
        tell({ ids: ids.slice(0, LISTED), topic, leftMs: undefined });
      },
    };
  };
}
