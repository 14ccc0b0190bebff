import type { FeatureDocument, MethodologyDocument } from './methodology/document';

/** Features of every form, each with what it can be made shorter or smaller by. */
const FEATURES: Readonly<Record<string, FeatureDocument>> = {
  cashSum: { of: 'transactions', where: "kind == 'cash'", sum: 'amountCny', window: '90d' },
  cashCount: { of: 'transactions', where: "kind == 'cash'", count: true, window: '30d' },
  cashMax: { of: 'transactions', where: "kind == 'cash'", max: 'amountCny', window: '60d' },
  cashBefore: {
    of: 'transactions',
    where: "kind == 'cash'",
    sum: 'amountCny',
    window: '30d',
    before: '30d',
  },
  products: { of: 'transactions', distinct: 'product', cap: 3, window: '180d' },
  partners: { of: 'transactions', count: true, window: '180d', by: ['counterpartyId'] },
  partnerSums: { of: 'transactions', sum: 'amountCny', window: '90d', by: ['counterpartyId'] },
  partnerProducts: {
    of: 'transactions',
    distinct: 'product',
    cap: 4,
    window: '90d',
    by: ['counterpartyId'],
  },
  countries: {
    of: 'transactions',
    sum: 'amountCny',
    window: '60d',
    each: ['counterpartyCountry', 'overseasFiCountry'],
  },
  notes: { of: 'riskEvents', where: "kind == 'staff_note'", count: true, window: '30d' },
  agents: {
    of: 'riskEvents',
    where: "kind == 'account_opened'",
    count: true,
    by: ['agentId'],
    window: '180d',
  },
  reports: {
    of: 'riskEvents',
    where: "kind == 'str_filed'",
    count: true,
    age: '730d',
    oncePer: 'strId',
  },
  alerts: { of: 'riskEvents', where: "kind == 'alert_closed'", count: true },
  penalties: { of: 'riskEvents', where: "kind == 'penalty'", count: true, age: '365d' },
};

export const FEATURE_NAMES: readonly string[] = Object.keys(FEATURES);

/** How a version differs from one with all features at their full size. */
export interface Variant {
  /** Names of the features that it has. */
  readonly features: readonly string[];
  /** Windows of these features are halved, caps lowered by one. */
  readonly smaller: readonly string[];
  /** The order of the features, and what the scores are. */
  readonly turn: number;
  /** The task that is opened where the birth date is not known. */
  readonly task: string;
  /** Who is rated. */
  readonly segment: string;
}

const halved = (window: string): string => `${Math.ceil(Number.parseInt(window, 10) / 2)}d`;

function feature(name: string, { smaller }: Variant): FeatureDocument {
  const full = FEATURES[name];
  if (full === undefined) throw new Error(name);
  if (!smaller.includes(name)) return full;
  return {
    ...full,
    ...(full.window === undefined ? {} : { window: halved(full.window) }),
    ...(full.age === undefined ? {} : { age: halved(full.age) }),
    ...(full.cap === undefined ? {} : { cap: full.cap - 1 }),
  };
}

/** A methodology with an item for each feature. */
export function variantDocument(version: string, variant: Variant): MethodologyDocument {
  const { features, turn, task, segment } = variant;
  const names = [...features.slice(turn), ...features.slice(0, turn)];
  const weight = (i: number): number => (i === 0 ? 100 - names.length : 1);
  const items = names.map((name, i) => {
    const { by, each, sum, max } = FEATURES[name] ?? {};
    const bound = sum === undefined && max === undefined ? 1 + (turn % 2) : 20_000_000 + turn;
    const grouped = by !== undefined || each !== undefined;
    const when = grouped ? `${name}.exists(g, g.value >= ${bound})` : `${name} >= ${bound}`;
    const score = { cases: [{ when, score: 3 }, { score: 1 }] };
    return [
      `I_${name}`,
      {
        element: 'e',
        title: TITLE,
        rules: ['R'],
        weight: { ALL: weight(i) },
        score,
        missing: { score: 2 },
      },
    ] as const;
  });
  const age = {
    element: 'e',
    title: TITLE,
    rules: ['R'],
    weight: { ALL: 1 },
    required: 'has(birthDate)',
    score: {
      bands: {
        value: 'fullYears(birthDate)',
        steps: [
          { from: 0, score: 1 },
          { from: 30 + turn, score: 3 },
        ],
      },
    },
    missing: { score: 2, task },
  };
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('no features');
  return {
    id: 'variant',
    version,
    title: TITLE,
    levels: 3,
    grades: { 1: TITLE, 2: TITLE, 3: TITLE },
    aggregate: 'weighted',
    timeZone: 'Asia/Shanghai',
    segments: { ALL: segment },
    segmentTask: 'collect-kind',
    features: Object.fromEntries(names.map((name) => [name, feature(name, variant)])),
    elements: { e: { title: TITLE } },
    items: Object.fromEntries([first, ...rest, ['AGE', age]]),
    direct: {
      highest: [
        { rule: `X-${turn % 2}`, when: "pepStatus == 'foreign_pep'" },
        { rule: 'X-L', when: "linkHit('X-H3')" },
      ],
    },
    bands: [
      { grade: 1, from: 33 },
      { grade: 2, from: 35 + turn },
      { grade: 3, from: 60 },
    ],
  };
}

const TITLE = { zh: '一', en: 'one' };
