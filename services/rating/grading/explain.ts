import type { Rating, RatingItem } from '@tidemark/schemas/records';
import { decimal } from '../exact';
import { isList, isStructure, type Value } from '../expression/node';
import { MISSING, YES, type ItemUnit, type Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import type { Assessment } from './assess';

const GROUPS_SHOWN = 10;

/**
 * The whole rating of the customer on whom the methodology is focused, with every sub-item and its
 * evidence, so that anyone can calculate it again by hand (design, semantics 10).
 */
export function explain(
  methodology: Methodology,
  state: CustomerState,
  assessment: Assessment,
): Rating {
  const { document, id, version, levels, scale, env, marks, unconfirmed } = methodology;
  const { published } = state;
  const grade = published.sequence === 0 ? assessment.calculatedGrade : published.grade;
  return {
    institution: state.institution,
    customer: state.customer,
    asOf: env.asOf,
    methodology: { id, version },
    sequence: published.sequence,
    score: decimal(assessment.sum, levels * scale),
    total: { sum: decimal(assessment.sum, scale, 0), levels },
    gradeByScore: assessment.gradeByScore,
    calculatedGrade: assessment.calculatedGrade,
    grade,
    basis: assessment.basis,
    rule: assessment.rule,
    directRules: assessment.directRules,
    status: published.status,
    marks: [
      ...(unconfirmed ? ['unconfirmed-default'] : []),
      ...marks.filter(({ index }) => state.results[index] === YES).map(({ rule }) => rule),
    ].sort(),
    items: methodology.items
      .filter(({ weights }) => (weights[state.segment] ?? 0) > 0)
      .map((item) => explainItem(methodology, state, item)),
    measures: document.measures?.[String(grade)] ?? [],
    reviewDueOn: published.reviewDueOn,
  };
}

function explainItem(methodology: Methodology, state: CustomerState, item: ItemUnit): RatingItem {
  const { levels, scale, env, document } = methodology;
  const code = state.results[item.index] ?? 0;
  const score = code & ~MISSING;
  const weight = item.weights[state.segment] ?? 0;
  const value = item.shows?.(env);
  return {
    id: item.name,
    score,
    weight: decimal(weight, scale, 0),
    contribution: decimal(score * weight, levels * scale),
    value: value === undefined ? null : textOf(value),
    missing: (code & MISSING) !== 0,
    estimated: [...item.reads].some(
      (read) => read.startsWith('a:') && state.profile.get(read.slice(2))?.estimated === true,
    ),
    evidence: evidenceOf(methodology, state, item),
    rules: document.items[item.name]?.rules ?? [],
  };
}

function evidenceOf(
  { env, features, items }: Methodology,
  state: CustomerState,
  item: ItemUnit,
): { name: string; value: string }[] {
  const evidence: { name: string; value: string }[] = [];
  for (const read of item.reads) {
    const kind = read.slice(0, 2);
    const name = read.slice(2);
    if (kind === 'a:') {
      const value = state.profile.get(name)?.value;
      if (value !== undefined) evidence.push({ name, value: textOf(value) });
    } else if (kind === 'f:') {
      const value = features.get(name)?.run(env);
      if (value !== undefined) evidence.push({ name, value: textOf(inOrder(value)) });
    } else if (kind === 'l:') {
      const link = state.links.get(name);
      if (link !== undefined) {
        evidence.push({ name: `link ${name}`, value: link.hit ? 'hit' : 'no hit' });
      }
    } else if (kind === 'i:') {
      const other = items.find((unit) => unit.name === name);
      if (other !== undefined) {
        evidence.push({ name: `score of ${name}`, value: textOf(env.score(other.index)) });
      }
    }
  }
  return evidence;
}

/** Groups in an order of their own, not that in which their first records came. */
const inOrder = (value: Value): Value =>
  isList(value)
    ? value
        .map((group) => ({ group, text: textOf(group) }))
        .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
        .map(({ group }) => group)
    : value;

/** A value as people read it. */
export function textOf(value: Value): string {
  if (value === undefined) return 'unknown';
  if (isList(value)) {
    const shown = value.slice(0, GROUPS_SHOWN).map(textOf);
    const more = value.length - shown.length;
    return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
  }
  if (isStructure(value)) {
    return Object.entries(value)
      .filter(([, of]) => of !== undefined)
      .map(([name, of]) => `${name} ${textOf(of)}`)
      .join(', ');
  }
  return String(value);
}
