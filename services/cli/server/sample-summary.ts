import type { Engine } from '@tidemark/processor/engine';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { GradeChange } from '@tidemark/schemas/records';
import { renderSummary, type CustomerPath, type Language, type RunCounts } from '../summary';

const READ = { records: 1_000, bytes: 4 << 20 };

/** All that a partition has published, in order. */
async function* gradeChangesOf(engine: Engine, partition: number): AsyncGenerator<GradeChange> {
  const log = engine.outputs(partition);
  const { first, next } = await log.bounds(GRADE_CHANGES);
  for (let at = first; at < next;) {
    const slice = await log.read(GRADE_CHANGES, at, READ);
    for (const { value } of slice.records) yield JSON.parse(Buffer.from(value).toString('utf8'));
    at = slice.next;
  }
}

export interface Portfolio {
  /** By customer: every one that has a rating. */
  readonly customers: ReadonlyMap<string, CustomerPath>;
  readonly gradeChanges: number;
}

/** From the first rating of each customer to the last, as published. */
export async function portfolioOf(engine: Engine): Promise<Portfolio> {
  const customers = new Map<string, CustomerPath>();
  let gradeChanges = 0;
  for (let partition = 0; partition < engine.partitions; partition += 1) {
    for await (const change of gradeChangesOf(engine, partition)) {
      gradeChanges += 1;
      const key = `${change.institution}:${change.customer}`;
      customers.set(key, pathOn(customers.get(key), change));
    }
  }
  return { customers, gradeChanges };
}

type Reasons = CustomerPath['reasons'];

function pathOn(path: CustomerPath | undefined, change: GradeChange): CustomerPath {
  const { grade: last, score: lastScore } = change;
  return path === undefined
    ? { first: last, firstScore: lastScore, last, lastScore, reasons: [] }
    : { ...path, last, lastScore, reasons: joined(path.reasons, change.reasons) };
}

/** What two changes in a row come to: a score that went up and back again is no reason. */
function joined(before: Reasons, after: Reasons): Reasons {
  const all = new Map(before.map((reason) => [reason.code, reason]));
  for (const { code, from, to } of after) {
    all.set(code, { code, from: all.has(code) ? (all.get(code)?.from ?? null) : from, to });
  }
  return [...all.values()].filter(({ from, to }) => from !== to);
}

type Counted = Omit<RunCounts, 'gradeChanges' | 'withoutRating'>;

/** What the partitions have counted since they were started, and how many customers they know. */
export function countsOf(engine: Engine): Counted & { readonly known: number } {
  const reports = engine.status().partitions;
  const count = (name: string): number =>
    reports.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
  return {
    events: count('records'),
    duplicates: count('outcome:duplicate'),
    late: count('outcome:late'),
    refused: count('outcome:refused'),
    known: reports.reduce((sum, { keys }) => sum + keys, 0),
  };
}

/** Customers per grade, migrations, largest movers, counts. */
export function summaryOf(
  document: MethodologyDocument,
  { customers, gradeChanges }: Portfolio,
  { known, ...counted }: ReturnType<typeof countsOf>,
  language: Language,
): string {
  const withoutRating = known - customers.size;
  const counts = { ...counted, gradeChanges, withoutRating };
  return renderSummary({ grades: document.grades, titles: document, customers, counts }, language);
}
