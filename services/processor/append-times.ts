import type { LogRecord, TopicLog, TopicWriter } from '@tidemark/engine/ports';

/** The log of a topic that says when its records were appended, as far as this process has seen it. */
export interface TimedLog {
  readonly inputs: TopicLog;
  readonly writer: TopicWriter;
  /** When the record at an offset was appended, UTC milliseconds; undefined: not known, or not there. */
  readonly appendedAt: (offset: number) => number | undefined;
}

/** Offsets up to before `next` were appended then. */
interface Span {
  readonly from: number;
  readonly next: number;
  readonly at: number;
}

/** More appends than this are not remembered: whoever is so far behind has no fresh records. */
const SPANS_MAX = 100_000;

/**
 * Data directories do not hold when a record was appended. What is appended by this process is remembered
 * until it has been read; of earlier records nothing is said.
 */
export function timedLog(
  topic: string,
  inputs: TopicLog,
  writer: TopicWriter,
  now: () => number,
): TimedLog {
  // in the order of their offsets; those before `gone` have been read
  let spans: Span[] = [];
  let gone = 0;
  const find = (offset: number): Span | undefined => {
    let low = gone;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((spans[middle]?.next ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const span = spans[low];
    return span !== undefined && span.from <= offset ? span : undefined;
  };
  const forget = (before: number): void => {
    while (gone < spans.length && (spans[gone]?.next ?? 0) <= before) gone += 1;
    if (gone < SPANS_KEPT && spans.length - gone < SPANS_MAX) return;
    spans = spans.slice(Math.max(gone, spans.length - SPANS_MAX));
    gone = 0;
  };
  const timed = (record: LogRecord, span: Span | undefined): LogRecord =>
    span === undefined ? record : { ...record, appendedAt: span.at };
  return {
    appendedAt: (offset) => find(offset)?.at,
    writer: {
      append: async (to, values) => {
        const at = now();
        const from = await writer.append(to, values);
        if (to === topic && values.length > 0) spans.push({ from, next: from + values.length, at });
        return from;
      },
    },
    inputs: {
      ...inputs,
      read: async (of, from, limit) => {
        const slice = await inputs.read(of, from, limit);
        if (of !== topic) return slice;
        forget(from);
        let span: Span | undefined;
        const records = slice.records.map((record) => {
          if (span === undefined || record.offset >= span.next) span = find(record.offset);
          return timed(record, span);
        });
        return { ...slice, records };
      },
    },
  };
}

/** Read ones are thrown away so many at a time. */
const SPANS_KEPT = 1_000;
