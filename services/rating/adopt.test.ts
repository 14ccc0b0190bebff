import fc from 'fast-check';
import { adopt, changeText } from './adopt';
import { decide } from './customer';
import { decodeState, encodeState } from './customer-codec';
import {
  compiledMethodology,
  contents,
  gaps,
  lags,
  NOON,
  recordsOf,
  shippedDocument,
} from './customer.fixture';
import type { Methodology } from './methodology/methodology';
import { standingOf, type Output } from './grading/publish';
import { emptyState, type CustomerState } from './state';

/** Two builds: here the second calculates otherwise because its bands are others. */
const mine = compiledMethodology(shippedDocument('cn-aml-bank'));
const theirs = compiledMethodology({
  ...shippedDocument('cn-aml-bank'),
  bands: mine.document.bands.map(({ grade, from }) => ({ grade, from: from + 2 * (grade - 1) })),
});

const streams = fc
  .array(fc.record({ content: contents, gap: gaps, lag: fc.oneof(fc.constant(0), lags) }), {
    minLength: 1,
    maxLength: 15,
  })
  .map((steps) => {
    let clock = NOON;
    return recordsOf(
      steps.map(({ content, gap, lag }) => {
        clock += gap;
        return { content, at: clock - lag };
      }),
    );
  });

const published = ({ published: of }: CustomerState): object => ({
  ...standingOf(of),
  tasks: [...of.tasks].sort(),
});

describe('what was published by another build', () => {
  it('is taken over after a step of any number of records, whatever this build would have published', () => {
    let differing = 0;
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 4 }), (records, size) => {
        let ours: CustomerState | undefined;
        let other: CustomerState | undefined;
        let asOf = NOON;
        for (let i = 0; i < records.length; i += size) {
          const step = { mine: [] as Output[], theirs: [] as Output[] };
          for (const record of records.slice(i, i + size)) {
            asOf = Math.max(asOf, record.occurredAt);
            const input = { kind: 'record', record } as const;
            const here = decide(ours, input, { methodology: mine, asOf });
            const there = decide(other, input, { methodology: theirs, asOf });
            step.mine.push(...here.outputs);
            step.theirs.push(...there.outputs);
            [ours, other] = [here.state, there.state];
          }
          if (ours === undefined || other === undefined) return;
          const texts = (outputs: readonly Output[]): string[] =>
            outputs.flatMap((output) => changeText(output) ?? []);
          if (texts(step.mine).join() !== texts(step.theirs).join()) differing += 1;
          ours = adopt(ours, texts(step.theirs), texts(step.mine));
          expect(published(ours)).toEqual(published(other));
          ours = copyOf(mine, ours);
        }
      }),
      { numRuns: 150 },
    );
    expect(differing).toBeGreaterThan(20);
  });
});

describe('what was published by a build that told everything openly', () => {
  it('is taken over with its basis as the one that was told', () => {
    const change = { before: { basis: 'scored' }, after: { basis: 'direct-highest' } };
    const { published: of } = adopt(emptyState('bank-1', 'c-1'), [JSON.stringify(change)]);
    expect(of).toMatchObject({ basis: 'direct-highest', openBasis: 'direct-highest' });
  });
});

const copyOf = (methodology: Methodology, state: CustomerState): CustomerState =>
  decodeState(methodology, encodeState(methodology, state));
