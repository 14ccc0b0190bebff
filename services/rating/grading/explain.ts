import type { Rating, RatingItem } from '@tidemark/schemas/records';
import { PROFILE_ATTRIBUTES } from '@tidemark/schemas/dictionary';
import { MS_PER_DAY } from '../calendar';
import { decimal } from '../exact';
import { isList, isStructure, type Env, type Value } from '../expression/node';
import { MISSING, YES } from '../methodology/methodology';
import type { EvidenceSource, ItemUnit, ItemView, Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import type { Assessment } from './assess';

const GROUPS_SHOWN = 10;
/** More groups than this are counted only: evidence is for people. */
const GROUPS_MAX = 200;

/**
 * The whole rating of the customer on whom the methodology is focused, with every sub-item and its
 * evidence, so that anyone can calculate it again by hand (design, semantics 10).
 */
export function explain(
  methodology: Methodology,
  state: CustomerState,
  assessment: Assessment,
): Rating {
  const { document, id, version, levels, scale, env, marks, unconfirmed, views } = methodology;
  const { published, results, segment } = state;
  const grade = published.sequence === 0 ? assessment.calculatedGrade : published.grade;
  // Sub-items share features: each is read once.
  const texts = new Map<string, string | null>();
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
      ...marks.filter(({ index }) => results[index] === YES).map(({ rule }) => rule),
    ].sort(),
    items: (views[segment] ?? []).map((view) => explainItem(env, results, view, texts)),
    measures: document.measures?.[String(grade)] ?? [],
    reviewDueOn: published.reviewDueOn,
  };
}

function explainItem(
  env: Env,
  results: Uint8Array,
  view: ItemView,
  texts: Map<string, string | null>,
): RatingItem {
  const { item, weight, contributions, rules, sources } = view;
  const code = results[item.index] ?? 0;
  const score = code & ~MISSING;
  const value = item.shows?.(env);
  let estimated = false;
  const evidence: { name: string; value: string }[] = [];
  for (const { name, read, attribute } of sources) {
    let text = texts.get(name);
    if (text === undefined) {
      text = read(env) ?? null;
      texts.set(name, text);
    }
    if (text !== null) evidence.push({ name, value: text });
    if (attribute && env.state.profile.get(name)?.estimated === true) estimated = true;
  }
  return {
    id: item.name,
    score,
    weight,
    contribution: contributions[score] ?? '0.0',
    value: value === undefined ? null : textOf(value),
    missing: (code & MISSING) !== 0,
    estimated,
    evidence,
    rules,
  };
}

/**
 * What explanations of each segment's items need, made once: texts of weights and contributions, and
 * where the evidence is read.
 */
export function viewsOf({
  document,
  items,
  levels,
  scale,
  segments,
  features,
  extra,
}: Omit<Methodology, 'views' | 'open'>): ItemView[][] {
  const kinds = new Map([
    ...Object.entries(PROFILE_ATTRIBUTES).map(([name, { kind }]) => [name, kind] as const),
    ...extra,
  ]);
  return segments.map((_, segment) =>
    items.flatMap((item) => {
      const units = item.weights[segment] ?? 0;
      if (units === 0) return [];
      const scores = Array.from({ length: levels + 1 }, (__, score) => score);
      return [
        {
          item,
          weight: decimal(units, scale, 0),
          contributions: scores.map((score) => decimal(score * units, levels * scale)),
          rules: document.items[item.name]?.rules ?? [],
          sources: [...item.reads].flatMap((read) => sourceOf(read, features, items, kinds)),
        },
      ];
    }),
  );
}

function sourceOf(
  read: string,
  features: Methodology['features'],
  items: readonly ItemUnit[],
  kinds: ReadonlyMap<string, string>,
): EvidenceSource[] {
  const name = read.slice(2);
  switch (read.slice(0, 2)) {
    case 'a:':
      return [
        {
          name,
          attribute: true,
          read: ({ state }) => readable(state.profile.get(name)?.value, kinds.get(name)),
        },
      ];
    case 'f:': {
      const feature = features.get(name);
      if (feature === undefined) return [];
      return [{ name, attribute: false, read: (env) => known(inOrder(feature.run(env))) }];
    }
    case 'l:': {
      const hit = ({ state }: Env): string | undefined => {
        const link = state.links.get(name);
        return link === undefined ? undefined : link.hit ? 'hit' : 'no hit';
      };
      return [{ name: `link ${name}`, attribute: false, read: hit }];
    }
    case 'i:': {
      const other = items.find((unit) => unit.name === name);
      if (other === undefined) return [];
      return [
        {
          name: `score of ${name}`,
          attribute: false,
          read: (env) => known(env.score(other.index)),
        },
      ];
    }
    default:
      return [];
  }
}

/** Days and instants as ISO 8601. */
function readable(value: Value, kind: string | undefined): string | undefined {
  if (typeof value !== 'number' || (kind !== 'day' && kind !== 'instant')) return known(value);
  const iso = new Date(kind === 'day' ? value * MS_PER_DAY : value).toISOString();
  return kind === 'day' ? iso.slice(0, 'YYYY-MM-DD'.length) : iso;
}

const known = (value: Value): string | undefined =>
  value === undefined ? undefined : textOf(value);

/** Groups in an order that does not depend on how the facts came. */
function inOrder(value: Value): Value {
  if (!isList(value) || value.length < 2) return value;
  if (value.length > GROUPS_MAX) return `${value.length} groups`;
  return value
    .map((group) => [textOf(group), group] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => group);
}

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
