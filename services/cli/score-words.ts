import { TRANSACTION_FIELDS } from '@tidemark/schemas/dictionary';
import type { MethodologyDocument, ScoreForm } from '@tidemark/rating/methodology/document';
import type { Words } from './methodology-words';
import { wrapped } from './text-layout';

const FEN_PER_YUAN = 100;

/** An expression on one line. */
export const oneLine = (cel: string): string => cel.replace(/\s+/g, ' ').trim();

/** Whether a value is a sum of money, so that its bounds are fen. */
function isMoney(value: string, { features }: MethodologyDocument): boolean {
  const feature = features?.[value.trim()];
  const field = feature?.sum ?? feature?.max;
  return field !== undefined && TRANSACTION_FIELDS[field]?.kind === 'fen';
}

const yuan = (fen: number, words: Words): string =>
  (fen / FEN_PER_YUAN).toLocaleString('en', { minimumFractionDigits: 2 }) + words.yuan;

/** How a sub-item scores, in words: lines indented below it. */
export function scoreLines(
  form: ScoreForm,
  document: MethodologyDocument,
  words: Words,
  indent: number,
): string[] {
  const nested = (part: ScoreForm, deeper: number): string[] =>
    scoreLines(part, document, words, indent + deeper);
  if ('map' in form) {
    const scores = Object.entries(form.map.scores).map(([value, score]) => `${value} = ${score}`);
    const value = oneLine(form.map.value);
    return wrapped(value + words.colon + scores.join(words.semicolon), indent);
  }
  if ('bands' in form) return bandLines(form.bands, document, words, indent);
  if ('cases' in form) {
    return form.cases.flatMap(({ when, score }) =>
      wrapped(
        when === undefined ? words.scoreElse(score) : words.scoreIf(score, oneLine(when)),
        indent,
        4,
      ),
    );
  }
  if ('value' in form) return wrapped(words.scoreIs(oneLine(form.value)), indent, 4);
  if ('highest' in form) {
    return [
      ...wrapped(words.highestOf + words.colon, indent),
      ...form.highest.flatMap((part) => bulleted(nested(part, 4), indent + 2)),
    ];
  }
  return Object.entries(form.bySegment).flatMap(([segment, part]) => [
    ...wrapped(segment + words.colon, indent),
    ...nested(part, 2),
  ]);
}

/** A dash in front of a part, the first of several lines that are indented further. */
function bulleted([first = '', ...more]: readonly string[], indent: number): string[] {
  return [`${' '.repeat(indent)}- ${first.trimStart()}`, ...more];
}

function bandLines(
  { value, steps }: { value: string; steps: readonly { from: number; score: number }[] },
  document: MethodologyDocument,
  words: Words,
  indent: number,
): string[] {
  const money = isMoney(value, document);
  const shown = (bound: number): string => (money ? yuan(bound, words) : String(bound));
  const [first, second] = steps;
  if (first === undefined) return [];
  // Under the first bound the first band applies as well.
  const parts =
    second === undefined
      ? [words.anyValue(first.score)]
      : [
          words.bandUnder(shown(second.from), first.score),
          ...steps.slice(1).map(({ from, score }) => words.bandFrom(shown(from), score)),
        ];
  return wrapped(oneLine(value) + words.colon + parts.join(words.semicolon), indent);
}
