/** What came, by the partition that stores it. */
export type Parts = ReadonlyMap<number, readonly Uint8Array[]>;

/** What is being stored and is not durable yet. */
export interface InFlight {
  /**
   * Takes all parts, or none where one of their partitions has no room.
   * @param waitingOf events of a partition that are durable and not decided
   * @returns gives the room back; undefined: there is none
   */
  readonly take: (
    parts: Parts,
    waitingOf: (partition: number) => number,
  ) => (() => void) | undefined;
}

/** Eight of the largest requests. */
const BYTES_MAX = 64 << 20;
const NOTHING = { events: 0, bytes: 0 };

/**
 * Bounds what waits for a disk that does not keep up: it is in no log yet, so the positions do not tell
 * of it. A part is taken whatever its size when nothing else is under way.
 * @param eventsMax of a partition, durable or not
 * @param bytesMax of a partition, not durable
 */
export function inFlight(eventsMax: number, bytesMax = BYTES_MAX): InFlight {
  const loads = new Map<number, typeof NOTHING>();
  const loadOf = (partition: number): typeof NOTHING => loads.get(partition) ?? NOTHING;
  const add = (partition: number, values: readonly Uint8Array[], sign: 1 | -1): void => {
    const { events, bytes } = loadOf(partition);
    loads.set(partition, {
      events: events + sign * values.length,
      bytes: bytes + sign * bytesOf(values),
    });
  };
  return {
    take: (parts, waitingOf) => {
      for (const [partition, values] of parts) {
        const { events, bytes } = loadOf(partition);
        if (waitingOf(partition) + events > eventsMax) return undefined;
        if (bytes > 0 && bytes + bytesOf(values) > bytesMax) return undefined;
      }
      for (const [partition, values] of parts) add(partition, values, 1);
      return () => {
        for (const [partition, values] of parts) add(partition, values, -1);
      };
    },
  };
}

const bytesOf = (values: readonly Uint8Array[]): number =>
  values.reduce((sum, { length }) => sum + length, 0);
