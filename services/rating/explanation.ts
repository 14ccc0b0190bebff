import type { MethodologyDocument } from './methodology/document';
import { printable } from '@tidemark/schemas/printable';
import type { Rating, RatingItem } from '@tidemark/schemas/records';

const VALUE_WIDTH = 48;

/** A rating as people read it: every sub-item with what it rests on, the sum, the grade and why. */
export function explanationText(document: MethodologyDocument, rating: Rating): string {
  const { total, score, gradeByScore, grade, basis, rule } = rating;
  const gradeName = document.grades[String(grade)]?.en ?? '';
  const rows = rating.items.map((item) => row(document, item));
  const widths = HEAD.map((title, i) =>
    Math.max(title.length, ...rows.map((cells) => (cells[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        NUMERIC.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const why =
    basis === 'scored'
      ? `by score${rule === null ? '' : `, held by ${rule}`}`
      : basis === 'restricted'
        ? 'by what is restricted'
        : `${basis} by ${rule ?? ''}`;
  return [
    `${rating.institution}:${rating.customer} at ${new Date(rating.asOf).toISOString()}`,
    `  grade ${grade} (${gradeName}), ${why}, ${rating.status}; methodology ${rating.methodology.id} ${rating.methodology.version}`,
    line(HEAD),
    ...rows.map(line),
    `  S = ${total.sum}, R = S / ${total.levels} = ${score}: grade ${gradeByScore} by score` +
      (rating.directRules.length > 0 ? `; direct rules: ${rating.directRules.join(', ')}` : ''),
    ...(rating.marks.length > 0 ? [`  marks: ${rating.marks.join(', ')}`] : []),
    '',
  ]
    .map(printable)
    .join('\n');
}

const HEAD = ['item', 'title', 'score', 'weight', 'contribution', 'value', 'evidence', 'rules'];
const NUMERIC = new Set([2, 3, 4]);

const short = (text: string): string =>
  text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH - 1)}…` : text;

function row(document: MethodologyDocument, item: RatingItem): string[] {
  const flags = [item.missing ? 'missing' : '', item.estimated ? 'estimated' : ''].filter(Boolean);
  const evidence = item.evidence.map(({ name, value }) => `${name}=${value}`).join(' ');
  return [
    item.id,
    document.items[item.id]?.title.en ?? '',
    `${item.score}${flags.length > 0 ? ` (${flags.join(', ')})` : ''}`,
    item.weight,
    item.contribution,
    short(item.value ?? '-'),
    short(evidence),
    item.rules.join(' '),
  ];
}
