/** Where a reader of the event stream is: the next offset of each partition. */
export type Positions = readonly number[];

/** `0:17,1:42`: the id of an event, and what Last-Event-ID brings back. */
export const formatPositions = (positions: Positions): string =>
  positions.map((offset, partition) => `${partition}:${offset}`).join(',');

const OFFSET_DIGITS_MAX = 15;

/** Every partition once, in order; undefined: it is no such vector. */
export function parsePositions(text: string, partitions: number): Positions | undefined {
  const parts = text.split(',');
  if (parts.length !== partitions) return undefined;
  const positions: number[] = [];
  for (const [index, part] of parts.entries()) {
    const [, partition, offset = ''] = /^(\d{1,5}):(\d+)$/.exec(part) ?? [];
    if (partition !== String(index) || offset.length > OFFSET_DIGITS_MAX) return undefined;
    positions.push(Number(offset));
  }
  return positions;
}
