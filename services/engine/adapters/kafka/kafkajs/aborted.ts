import { startOf, takeRecord, type Batch } from './batch';

/** A transaction that was aborted: of this producer, from this offset up to its marker. */
export interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
}

const ABORT = 0;

/**
 * Which batches of a fetched section hold committed records, as `isolation.level=read_committed` means it.
 * kafkajs 2.2.4 is wrong here: it takes the list as sorted, one entry a record at the most, and a key of
 * four zero bytes for a marker. Only batches are markers, and the broker sorts nothing.
 * @param aborted those that begin before the end of the section and end after its beginning
 */
export function committedOnly(
  batches: readonly Batch[],
  aborted: readonly Aborted[],
): readonly boolean[] {
  const coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<number>();
  let next = 0;
  return batches.map((batch) => {
    for (
      let one = coming[next];
      one !== undefined && one.firstOffset <= batch.lastOffset;
      one = coming[(next += 1)]
    ) {
      open.add(one.producerId);
    }
    if (batch.control) {
      // the abort ends here; the producer's next transaction may be another's fate
      if (isAbort(batch)) open.delete(batch.producerId);
      return false;
    }
    return !(batch.transactional && open.has(batch.producerId));
  });
}

/**
 * The key of a marker is its format (i16) and its kind (i16). It is never compressed; a marker that
 * compaction has emptied is one of which no record is left.
 */
function isAbort(batch: Batch): boolean {
  if (batch.count === 0) return false;
  const { key } = takeRecord(batch, startOf(batch));
  return key?.[2] === 0 && key[3] === ABORT;
}
