import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { GradeChange } from '@tidemark/schemas/records';
import { grouped } from './progress';

export type Language = 'zh' | 'en';

type Reason = GradeChange['reasons'][number];

/** From the first rating of a customer to the last. */
export interface CustomerPath {
  /** Grade of the first rating. */
  readonly first: number;
  /** Grade of the last. */
  readonly last: number;
  /** Scores as decimal strings, as ratings carry them. */
  readonly firstScore: string;
  readonly lastScore: string;
  /** What differs between the first rating and the last. */
  readonly reasons: readonly Reason[];
}

export interface RunCounts {
  readonly events: number;
  readonly duplicates: number;
  /** Older than the horizon: can change no rating. */
  readonly late: number;
  readonly refused: number;
  /** First ratings included. */
  readonly gradeChanges: number;
  /** Customers whose kind is unknown, or who still wait for facts. */
  readonly withoutRating: number;
}

/** What a run leaves behind, for its summary. */
export interface RunSummary {
  /** Grades 1 to m with their titles, of the document. */
  readonly grades: MethodologyDocument['grades'];
  /** Titles of sub-items and direct rules, for reasons in words. */
  readonly titles: Pick<MethodologyDocument, 'items' | 'direct' | 'caps'>;
  /** By customer: every one that has a rating. */
  readonly customers: ReadonlyMap<string, CustomerPath>;
  readonly counts: RunCounts;
}

const BAR_CELLS = 30;
const MOVERS = 10;

const WORDS = {
  en: {
    grades: 'Customers per grade',
    migrations: 'Migrations (rows: first grade, columns: last grade)',
    movers: 'Largest movers',
    noMovers: 'No grade moved.',
    counts: 'Counts',
    to: 'to',
    began: 'holds now',
    ceased: 'holds no more',
    lowest: 'direct lowest grade',
    events: 'events',
    duplicates: 'duplicates',
    late: 'late, without effect',
    refused: 'refused',
    gradeChanges: 'grade changes',
    withoutRating: 'customers without rating',
  },
  zh: {
    grades: '各等级客户数',
    migrations: '等级迁移（行：首次等级，列：最后等级）',
    movers: '变动最大的客户',
    noMovers: '等级没有变动。',
    counts: '统计',
    to: '至',
    began: '开始适用',
    ceased: '不再适用',
    lowest: '直接定级为最低风险',
    events: '事件',
    duplicates: '重复',
    late: '过期（不影响评级）',
    refused: '拒收',
    gradeChanges: '等级变动',
    withoutRating: '无评级客户',
  },
} as const;

/** The end summary of a run as text of several lines, for a terminal. */
export function renderSummary(summary: RunSummary, language: Language = 'en'): string {
  const words = WORDS[language];
  return [
    section(words.grades, gradeLines(summary, language)),
    section(words.migrations, migrationLines(summary)),
    section(words.movers, moverLines(summary, language)),
    section(words.counts, countLines(summary.counts, language)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string =>
  `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;

const gradesOf = ({ grades }: RunSummary): number[] =>
  Object.keys(grades)
    .map(Number)
    .sort((a, b) => a - b);

/** Columns of text, each as wide as its widest cell; `-1` aligns left. */
function columns(rows: readonly (readonly string[])[], left: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(cell)));
        return left.includes(i) ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Columns that a terminal takes for a text: Chinese characters and punctuation take two. */
function width(text: string): number {
  let cells = 0;
  for (const character of text)
    cells += /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]/.test(character) ? 2 : 1;
  return cells;
}

function gradeLines(summary: RunSummary, language: Language): string[] {
  const paths = [...summary.customers.values()];
  const rows = gradesOf(summary).map((grade) => ({
    grade,
    count: paths.filter(({ last }) => last === grade).length,
  }));
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const total = Math.max(1, paths.length);
  return columns(
    rows.map(({ grade, count }) => [
      String(grade),
      summary.grades[String(grade)]?.[language] ?? '',
      grouped(count),
      `${((count * 100) / total).toFixed(1)}%`,
      // one cell at least for whoever is there
      '#'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count * BAR_CELLS) / most))),
    ]),
    [1, 4],
  );
}

function migrationLines(summary: RunSummary): string[] {
  const grades = gradesOf(summary);
  const counts = new Map<string, number>();
  for (const { first, last } of summary.customers.values()) {
    const key = `${first} ${last}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = grades.map((first) => [
    String(first),
    ...grades.map((last) => {
      const count = counts.get(`${first} ${last}`) ?? 0;
      return count === 0 ? '.' : grouped(count);
    }),
  ]);
  return columns([['', ...grades.map((last) => `-> ${last}`)], ...rows]);
}

function moverLines(summary: RunSummary, language: Language): string[] {
  const words = WORDS[language];
  const difference = (a: number, b: number): number => Math.abs(a - b);
  const movers = [...summary.customers]
    .filter(([, path]) => path.first !== path.last)
    .map(([customer, path]) => ({
      customer,
      path,
      grades: difference(path.first, path.last),
      score: difference(Number(path.firstScore), Number(path.lastScore)),
    }))
    .sort((a, b) => b.grades - a.grades || b.score - a.score || byCodeUnits(a.customer, b.customer))
    .slice(0, MOVERS);
  if (movers.length === 0) return [words.noMovers];
  return movers.flatMap(({ customer, path }) => {
    const grades = `${path.first} -> ${path.last}`;
    const head = `${customer}  ${grades}  (${path.firstScore} ${words.to} ${path.lastScore})`;
    return [head, ...path.reasons.map((reason) => `    ${inWords(reason, summary, language)}`)];
  });
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** "C4 Record of monitoring: 1 -> 5", or "X-H4 at least 2 reports: holds now". */
function inWords({ code, from, to }: Reason, { titles }: RunSummary, language: Language): string {
  const words = WORDS[language];
  const item = titles.items[code];
  if (item !== undefined) return `${code} ${item.title[language]}: ${from ?? '-'} -> ${to ?? '-'}`;
  const { highest = [], lowest } = titles.direct ?? {};
  const named = [...highest, ...(titles.caps ?? [])].filter(({ rule }) => rule === code);
  // several conditions may share a rule id: which of them holds the reason does not say
  const title =
    lowest?.rule === code
      ? words.lowest
      : named
          .flatMap((rule) => (rule.title === undefined ? [] : [rule.title[language]]))
          .join(' / ');
  const change = (to ?? 0) > 0 ? words.began : words.ceased;
  return `${code} ${title}: ${change}`.replace(' :', ':');
}

function countLines(counts: RunCounts, language: Language): string[] {
  const words = WORDS[language];
  const names = [
    'events',
    'duplicates',
    'late',
    'refused',
    'gradeChanges',
    'withoutRating',
  ] as const;
  return columns(
    names.map((name) => [grouped(counts[name]), words[name]]),
    [1],
  );
}
