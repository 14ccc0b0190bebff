import type { GradeChange } from '@tidemark/schemas/records';
import { dayOf } from './calendar';
import { MISSING, type Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

/**
 * Under what a customer is counted in the figures of a portfolio: its grade, its review, and each sub-item
 * that has a weight for it. The names are few, and hold no customer data.
 */

/** A review is due so many days before its last day. */
export const REVIEW_DUE_DAYS = 30;

/** What is counted of a sub-item: its data is missing, or it is there and scores above the lowest. */
export type ItemFigure = 'applies' | 'missing' | 'hit';

export type Figure =
  /** By the effective grade; null: not rated. */
  | { readonly of: 'grade'; readonly grade: number | null }
  /** The last day of the review is near, or has passed. */
  | { readonly of: 'review'; readonly is: 'due' | 'overdue' }
  | { readonly of: 'item'; readonly item: string; readonly is: ItemFigure };

export type FigureName = string;

/** @param asOf UTC milliseconds */
export function figuresOf(
  methodology: Methodology,
  { published, results, segment }: CustomerState,
  asOf: number,
  count: (name: FigureName) => void,
): void {
  // figures are for many eyes: they count what is told openly
  const { items, zone } = methodology.open ?? methodology;
  const isRated = published.sequence > 0;
  count(isRated ? `grade ${published.grade}` : 'grade none');
  if (!isRated) return;
  if (published.reviewDueOn !== null) {
    const left = published.reviewDueOn - dayOf(zone, asOf);
    if (left <= REVIEW_DUE_DAYS) count(left < 0 ? 'review overdue' : 'review due');
  }
  if (segment < 0) return;
  for (const { index, name, weights } of items) {
    if ((weights[segment] ?? 0) === 0) continue;
    count(`applies ${name}`);
    const code = results[index] ?? 0;
    if ((code & MISSING) !== 0) count(`missing ${name}`);
    else if (code > LOWEST) count(`hit ${name}`);
  }
}

const LOWEST = 1;

/** The grades that there are: one that its last customer has left is at 0, and not what it was. */
export const gradeFigures = ({ grades }: Pick<Methodology, 'grades'>): readonly FigureName[] => [
  'grade none',
  ...Array.from({ length: grades }, (_, i) => `grade ${i + 1}`),
];

/** What a name counts. @throws RangeError when it is none of these names */
export function figureOf(name: FigureName): Figure {
  const [what = '', about = ''] = name.split(' ');
  switch (what) {
    case 'grade':
      return { of: 'grade', grade: about === 'none' ? null : Number(about) };
    case 'review':
      return { of: 'review', is: about === 'due' ? 'due' : 'overdue' };
    case 'applies':
    case 'missing':
    case 'hit':
      return { of: 'item', item: about, is: what };
    default:
      throw new RangeError('not the name of a figure');
  }
}

/** The name under which grade changes are counted: from which grade to which. */
export const moveName = ({
  previousGrade,
  grade,
}: Pick<GradeChange, 'previousGrade' | 'grade'>): string => `${previousGrade ?? 'none'}>${grade}`;
