import fc from 'fast-check';
import { commitOf } from './contracts/subject.contract';
import { PositionGone } from './errors';
import { placeBefore } from './find-step';
import type { JournalEntry, Ledger } from './ports';

interface Kept {
  readonly journal: Pick<Ledger, 'read'>;
  readonly entries: readonly JournalEntry[];
  readonly reads: number[];
}

/** @param gaps before each step's record @param lost how many of the first are gone */
function journalWith(gaps: readonly number[], lost = 0): Kept {
  let position = -1;
  const all = gaps.map((gap, step): JournalEntry => {
    position += 1 + gap;
    const { journal, bytes } = commitOf(step);
    return { position, record: journal, bytes };
  });
  const entries = all.slice(lost);
  const first = lost === 0 ? 0 : (entries[0]?.position ?? 0);
  const reads: number[] = [];
  const read: Ledger['read'] = async (from, limit) => {
    reads.push(from);
    if (from < first) throw new PositionGone('journal', from, first, position + 1);
    return entries.filter((one) => one.position >= from).slice(0, limit);
  };
  return { journal: { read }, entries, reads };
}

it('is near a step, and never after it', async () => {
  const gaps = fc.array(fc.nat(60), { minLength: 2, maxLength: 60 });
  const property = fc.asyncProperty(gaps, fc.nat(), fc.nat(), async (between, a, b) => {
    const { journal, entries } = journalWith(between, a % (between.length - 1));
    const wanted = entries[b % (entries.length - 1)];
    const last = entries.at(-1);
    if (wanted === undefined || last === undefined) throw new Error('no steps');
    const place = await placeBefore(journal, 0, last.position, wanted.record.step);
    expect(place).toBeLessThanOrEqual(wanted.position);
    const nearest = entries.find((one) => one.position >= place);
    expect(nearest?.record.step).toBeLessThanOrEqual(wanted.record.step);
    const far = entries.filter(({ position }) => position > place && position < wanted.position);
    expect(far.length).toBeLessThan(400);
  });
  await fc.assert(property, { numRuns: 200 });
});

it('looks a few times into a long journal', async () => {
  const { journal, entries, reads } = journalWith(Array.from({ length: 20_000 }, () => 1));
  const [wanted, last] = [entries[12_345], entries.at(-1)];
  const place = await placeBefore(journal, 0, last?.position ?? 0, 12_345);
  expect(Math.abs((wanted?.position ?? 0) - place)).toBeLessThan(512);
  expect(reads.length).toBeLessThan(12);
});

it('is the first record that there still is where the step is gone', async () => {
  const { journal, entries } = journalWith(
    Array.from({ length: 1_000 }, () => 0),
    700,
  );
  expect(await placeBefore(journal, 0, 999, 5)).toBe(entries[0]?.position);
});
