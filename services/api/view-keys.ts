import type { GradeChange, Restricted } from '@tidemark/schemas/records';

/** What is known of a customer by its grade changes alone. */
export interface GradedCustomer {
  readonly institution: string;
  readonly customer: string;
  readonly grade: number;
  /** Number of its last grade change. */
  readonly sequence: number;
  /** When it came to this grade, UTC milliseconds. */
  readonly since: number;
}

/** Raise it when keys or values change: the views are then made anew. */
export const FORMAT = '1';
export const FORMAT_KEY = 'format';

/** The next offset to read of a partition's grade changes, or of what of them is restricted. */
export const watermarkKey = (partition: number, isRestricted = false): string =>
  `watermark:${partition}${isRestricted ? ':restricted' : ''}`;

export type Entry =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export interface Range {
  readonly gt: string;
  readonly lt: string;
}

const DIGITS = 10;
const padded = (n: number): string => String(n).padStart(DIGITS, '0');

/** One name of a customer, without any character that separates. */
const nameOf = (institution: string, customer: string): string =>
  `${institution}:${encodeURIComponent(customer)}`;

/** Every customer under grade 0, and under its grade. */
const gradeKey = (grade: number, name: string): string => `grade:${padded(grade)}:${name}`;

const historyKey = (name: string, sequence: number): string =>
  `history:${name}/${padded(sequence)}`;

/** What a grade change, as JSON, puts into the views. Doing it again changes nothing. */
export function entriesOf(json: string): Entry[] {
  const { institution, customer, grade, sequence, occurredAt, previousGrade }: GradeChange =
    JSON.parse(json);
  const name = nameOf(institution, customer);
  const value = JSON.stringify({
    institution,
    customer,
    grade,
    sequence,
    since: occurredAt,
  } satisfies GradedCustomer);
  return [
    ...(previousGrade === null
      ? []
      : [{ type: 'del', key: gradeKey(previousGrade, name) } satisfies Entry]),
    { type: 'put', key: gradeKey(grade, name), value },
    { type: 'put', key: gradeKey(0, name), value },
    { type: 'put', key: historyKey(name, sequence), value: json },
  ];
}

/** What a restricted record, as JSON, puts into the views: a grade change in full. */
export function fullEntriesOf(json: string): Entry[] {
  const { institution, customer, kind, sequence, content }: Restricted = JSON.parse(json);
  if (kind !== 'grade-change') return [];
  const name = nameOf(institution, customer);
  return [{ type: 'put', key: `full-${historyKey(name, sequence)}`, value: content }];
}

/** The changes of a customer after a sequence. */
export function historyRange(institution: string, customer: string, after: number): Range {
  const name = nameOf(institution, customer);
  return { gt: historyKey(name, after), lt: `history:${name}0` }; // '0' follows '/'
}

/** The same changes in full, where more is to be told. */
export function fullHistoryRange(institution: string, customer: string, after: number): Range {
  const { gt, lt } = historyRange(institution, customer, after);
  return { gt: `full-${gt}`, lt: `full-${lt}` };
}

/** The customers of a grade (undefined: all) after a cursor. */
export function customersRange(grade: number | undefined, cursor: string | undefined): Range {
  const of = grade ?? 0;
  return { gt: gradeKey(of, cursor ?? ''), lt: `grade:${padded(of)};` }; // ';' follows ':'
}

/** Where a page that ends with this customer is taken up again. */
export const cursorOf = ({ institution, customer }: GradedCustomer): string =>
  nameOf(institution, customer);
