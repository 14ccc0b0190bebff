import {
  newHistogram,
  newMeasures,
  newStepMeasures,
  noteSlice,
  noteStep,
  observe,
} from './measures';
import type { Taken } from './taken';

/** Records by when they were appended and when they happened; without the latter they are refused. */
const records = (
  ...times: readonly (readonly [appendedAt: number | undefined, occurredAt?: number])[]
): Taken<number>[] =>
  times.map(([appendedAt, occurredAt], offset) => ({
    topic: 'facts',
    record: {
      offset,
      value: new Uint8Array(0),
      ...(appendedAt === undefined ? {} : { appendedAt }),
    },
    verdict:
      occurredAt === undefined
        ? { ok: false, code: 'refused', field: null, reason: '' }
        : { ok: true, kind: 'record', input: occurredAt, key: 'k' },
  }));
const timeOf = (_taken: unknown, input: number): number => input;

describe('measures', () => {
  it('put a value under the first bound that is not below it', () => {
    const histogram = newHistogram([1, 2]);
    for (const value of [0, 1, 1.5, 2, 3]) observe(histogram, value);
    expect([...histogram.counts]).toEqual([2, 2, 1]);
    expect(histogram.sum).toBe(7.5);
  });

  it('count the freshness of every record, those of one append time together', () => {
    const measures = newMeasures();
    const measured = newStepMeasures();
    noteSlice(measured, 'a', records([1_000], [1_000], [1_900], [5]), 3, timeOf);
    noteSlice(measured, 'b', records([1_000], [undefined]), 2, timeOf);
    noteStep(measures, 'records', { measured, outcomes: new Map(), outputs: [] }, 2_000, 7);
    const { freshness, stepRecords, commit } = measures;
    expect(freshness.counts[freshness.bounds.indexOf(1)]).toBe(3);
    expect(freshness.counts[freshness.bounds.indexOf(0.1)]).toBe(1);
    expect(freshness.sum).toBeCloseTo(3.1);
    expect(Object.fromEntries(measures.records)).toEqual({ a: 3, b: 2 });
    expect(stepRecords.sum).toBe(5);
    expect(commit.sum).toBe(0.007);
  });

  it('count what is dated ahead of its append, or of the clock, as nothing and never below', () => {
    const measures = newMeasures();
    const measured = newStepMeasures();
    noteSlice(measured, 'a', records([1_000, 5_000], [1_000, 400]), 2, timeOf);
    noteStep(measures, 'records', { measured, outcomes: new Map(), outputs: [] }, 900, 1);
    expect([...measures.lateness.counts].slice(0, 2)).toEqual([1, 1]);
    expect(measures.lateness.sum).toBeCloseTo(0.6);
    expect(measures.freshness.sum).toBe(0);
  });
});
