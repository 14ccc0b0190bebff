import { dayOf } from '@tidemark/rating/calendar';
import { decodeState, encodeState } from '@tidemark/rating/customer-codec';
import { median, quantile, secondsOf, slope, sum } from './measure';
import { defaultMethodology, play, recordsOf, type Source } from './streams';

export interface SizesResult {
  readonly customers: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly postings: number;
  /** All bytes over all postings in the horizon. */
  readonly perPosting: number;
  /** What one more posting adds: the slope of bytes over postings. */
  readonly perFurtherPosting: number;
}

/** Encoded states at the end of a stream. */
export function measureSizes({ source }: { source: Source }): SizesResult {
  const methodology = defaultMethodology();
  const records = recordsOf(source);
  const states = play(methodology, records);
  const days = new Map<string, Map<string, number>>();
  for (const record of records) {
    if (record.type !== 'transaction') continue;
    const of = days.get(record.customer) ?? new Map<string, number>();
    // a posting that was sent twice counts once
    of.set(record.id, dayOf(methodology.zone, record.occurredAt));
    days.set(record.customer, of);
  }
  const sizes = [...states].map(([customer, state]) => {
    const oldest = dayOf(methodology.zone, state.asOf) - methodology.horizonDays + 1;
    const inHorizon = [...(days.get(customer)?.values() ?? [])].filter((day) => day >= oldest);
    return { bytes: encodeState(methodology, state).length, postings: inHorizon.length };
  });
  const bytes = sizes.map((size) => size.bytes);
  const postings = sum(sizes.map((size) => size.postings));
  return {
    customers: sizes.length,
    p50: median(bytes),
    p99: quantile(bytes, 0.99),
    max: Math.max(...bytes),
    postings,
    perPosting: sum(bytes) / postings,
    perFurtherPosting: slope(sizes.map((size) => [size.postings, size.bytes])),
  };
}

export interface CodecResult {
  readonly bytes: number;
  readonly encodeUs: number;
  readonly decodeUs: number;
}

const TURNS_AT_ONCE = 20;

/** Encoding and decoding of the median state of a stream and of the one at 99%. */
export function measureCodec({ source, turns }: { source: Source; turns: number }): {
  readonly median: CodecResult;
  readonly p99: CodecResult;
} {
  const methodology = defaultMethodology();
  const states = [...play(methodology, recordsOf(source)).values()]
    .map((state) => ({ state, bytes: encodeState(methodology, state) }))
    .sort((a, b) => a.bytes.length - b.bytes.length);
  for (const { bytes } of states) decodeState(methodology, bytes);
  const at = (share: number): CodecResult => {
    const chosen = states[Math.min(states.length - 1, Math.floor(states.length * share))];
    if (chosen === undefined) throw new Error('the stream has no customers');
    const { state, bytes } = chosen;
    const us = (run: () => void): number => {
      const found: number[] = [];
      for (let turn = -turns; turn < turns; turn += 1) {
        const seconds = secondsOf(() => {
          for (let i = 0; i < TURNS_AT_ONCE; i += 1) run();
        });
        if (turn >= 0) found.push((seconds * 1e6) / TURNS_AT_ONCE);
      }
      return median(found);
    };
    return {
      bytes: bytes.length,
      encodeUs: us(() => void encodeState(methodology, state)),
      decodeUs: us(() => void decodeState(methodology, bytes)),
    };
  };
  return { median: at(0.5), p99: at(0.99) };
}
