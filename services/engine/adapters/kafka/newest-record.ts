import type { KafkaRecord, Reader, TopicPartition } from './kafka';

const SPAN_FIRST = 16;
const SPAN_MOST = 4096;
const PAGE_BYTES = 8 << 20;

/** Looks for the last such record before the end, in growing spans: what lies there may be markers and probes. */
export async function newestRecord(
  view: Reader,
  at: TopicPartition,
  isSuch: (record: KafkaRecord) => boolean,
): Promise<KafkaRecord | undefined> {
  const { first, next: end } = await view.bounds(at);
  let span = SPAN_FIRST;
  for (let to = end; to > first;) {
    const from = Math.max(first, to - span);
    let newest: KafkaRecord | undefined;
    let isGap = true;
    for (let position = from; position < to;) {
      const { records, next } = await view.read(at, position, { records: span, bytes: PAGE_BYTES });
      isGap &&= !records.some((one) => one.offset < to);
      newest = records.findLast((one) => one.offset < to && isSuch(one)) ?? newest;
      // an empty answer below the end is a gap up to there
      position = next === position ? to : next;
    }
    if (newest !== undefined) return newest;
    to = from;
    // compaction may have left little of it: gaps of any length are passed over
    span = isGap ? span * 2 : Math.min(SPAN_MOST, span * 2);
  }
  return undefined;
}
