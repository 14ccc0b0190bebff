/** Small changes of a methodology document: a bound moved by one, a condition turned, a row changed. */
import type {
  FeatureDocument,
  ItemDocument,
  ListRow,
  MethodologyDocument,
  ScoreForm,
} from '@tidemark/rating/methodology/document';
import { celMutants } from './cel-mutants';

export interface DocumentMutant {
  /** Pointer to what was changed. */
  readonly path: string;
  readonly change: string;
  /** Where a new value stands in the document; undefined removes the key. */
  readonly edits: readonly {
    readonly path: readonly (string | number)[];
    readonly value: unknown;
  }[];
}

type Path = readonly (string | number)[];

/** Every mutant of a document, in its order. */
export function documentMutants(document: MethodologyDocument): DocumentMutant[] {
  const mutants: DocumentMutant[] = [];
  const set = (path: Path, value: unknown, change: string): void => {
    mutants.push({ path: `/${path.join('/')}`, change, edits: [{ path, value }] });
  };
  const near = (path: Path, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): void => {
    for (const other of [value + 1, value - 1]) {
      if (other >= least && other <= most) set(path, other, `${value} becomes ${other}`);
    }
  };
  const score = (path: Path, value: number): void => near(path, value, 1, document.levels);
  const cel = (path: Path, source: string, isCondition: boolean): void => {
    for (const mutant of celMutants(source, isCondition)) set(path, mutant.source, mutant.change);
  };
  const form = (path: Path, score_: ScoreForm): void =>
    scoreForm(path, score_, { set, near, score, cel });

  for (const [name, source] of Object.entries(document.segments))
    cel(['segments', name], source, true);
  for (const [name, { is }] of Object.entries(document.define ?? {})) {
    cel(['define', name, 'is'], is, false);
  }
  for (const [name, feature] of Object.entries(document.features ?? {})) {
    featureMutants(['features', name], feature, { set, cel });
  }
  for (const [id, item] of Object.entries(document.items)) {
    const path = ['items', id];
    if (item.required !== undefined) cel([...path, 'required'], item.required, true);
    form([...path, 'score'], item.score);
    if (item.missing !== undefined) score([...path, 'missing', 'score'], item.missing.score);
  }
  mutants.push(...weightMutants(document));
  document.bands.forEach(({ from }, i) => {
    if (i > 0) near(['bands', i, 'from'], from);
  });
  const { highest = [], lowest } = document.direct ?? {};
  highest.forEach(({ when }, i) => cel(['direct', 'highest', i, 'when'], when, true));
  if (lowest !== undefined) {
    cel(['direct', 'lowest', 'when'], lowest.when, true);
    lowest.unless.forEach(({ when }, i) =>
      cel(['direct', 'lowest', 'unless', i, 'when'], when, true),
    );
  }
  for (const [name, when] of Object.entries(document.marks ?? {})) cel(['marks', name], when, true);
  for (const [name, { when }] of Object.entries(document.tasks ?? {})) {
    cel(['tasks', name, 'when'], when, true);
  }
  const { months = {}, firstReviewMonths, initialWorkingDays } = document.review ?? {};
  for (const [grade, value] of Object.entries(months)) near(['review', 'months', grade], value);
  if (firstReviewMonths !== undefined) near(['review', 'firstReviewMonths'], firstReviewMonths);
  if (initialWorkingDays !== undefined) near(['review', 'initialWorkingDays'], initialWorkingDays);
  for (const [grade, codes] of Object.entries(document.measures ?? {})) {
    codes.forEach((code, i) => {
      const path = ['measures', grade, i];
      const value = codes.filter((other) => other !== code);
      mutants.push({
        path: `/${path.join('/')}`,
        change: `${code} left out`,
        edits: [{ path: ['measures', grade], value }],
      });
    });
  }
  mutants.push(...listMutants(document));
  return mutants;
}

interface Making {
  readonly set: (path: Path, value: unknown, change: string) => void;
  readonly near: (path: Path, value: number, least?: number, most?: number) => void;
  readonly score: (path: Path, value: number) => void;
  readonly cel: (path: Path, source: string, isCondition: boolean) => void;
}

function scoreForm(path: Path, form: ScoreForm, making: Making): void {
  const { set, near, score, cel } = making;
  if ('map' in form) {
    for (const [value, points] of Object.entries(form.map.scores)) {
      score([...path, 'map', 'scores', value], points);
    }
  } else if ('bands' in form) {
    cel([...path, 'bands', 'value'], form.bands.value, false);
    form.bands.steps.forEach((step, i) => {
      const at = [...path, 'bands', 'steps', i];
      if (i > 0) near([...at, 'from'], step.from);
      score([...at, 'score'], step.score);
    });
  } else if ('cases' in form) {
    form.cases.forEach((one, i) => {
      const at = [...path, 'cases', i];
      if (one.when !== undefined) cel([...at, 'when'], one.when, true);
      score([...at, 'score'], one.score);
    });
  } else if ('value' in form) {
    cel([...path, 'value'], form.value, false);
  } else if ('highest' in form) {
    form.highest.forEach((part, i) => scoreForm([...path, 'highest', i], part, making));
    form.highest.forEach((_, i) =>
      set(
        [...path, 'highest'],
        form.highest.filter((__, j) => j !== i),
        `part ${i} left out`,
      ),
    );
  } else {
    for (const [segment, part] of Object.entries(form.bySegment)) {
      scoreForm([...path, 'bySegment', segment], part, making);
    }
  }
}

const SPAN = /^(\d+)d$/;

function featureMutants(
  path: Path,
  feature: FeatureDocument,
  { set, cel }: Pick<Making, 'set' | 'cel'>,
): void {
  const { where, holds, cap, oncePer, latestPer } = feature;
  if (where !== undefined) cel([...path, 'where'], where, true);
  if (holds !== undefined) cel([...path, 'holds'], holds, true);
  for (const name of ['window', 'before', 'age'] as const) {
    const days = Number(SPAN.exec(feature[name] ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(days)) continue;
    for (const other of [days + 1, days - 1]) {
      set([...path, name], `${other}d`, `${days}d becomes ${other}d`);
    }
  }
  if (cap !== undefined) set([...path, 'cap'], cap - 1, `cap ${cap} becomes ${cap - 1}`);
  if (oncePer !== undefined) set([...path, 'oncePer'], undefined, 'oncePer left out');
  if (latestPer !== undefined && latestPer.length > 0) {
    set([...path, 'latestPer'], [], 'latest of all');
  }
  for (const name of ['by', 'each'] as const) {
    const fields = feature[name] ?? [];
    if (fields.length < 2) continue;
    for (const field of fields) {
      set(
        [...path, name],
        fields.filter((other) => other !== field),
        `${field} left out`,
      );
    }
  }
}

/** One point from an item to the next of the same segment, so that the total stays 100. */
function weightMutants({ items, segments }: MethodologyDocument): DocumentMutant[] {
  return Object.keys(segments).flatMap((segment) => {
    const weighted = Object.entries(items).flatMap(([id, { weight }]: [string, ItemDocument]) => {
      const points = weight?.[segment];
      return points === undefined ? [] : [{ id, points }];
    });
    return weighted.flatMap(({ id, points }, i) => {
      const next = weighted[(i + 1) % weighted.length];
      if (next === undefined || next.points <= 1) return [];
      const at = (item: string): Path => ['items', item, 'weight', segment];
      return [
        {
          path: `/${at(id).join('/')}`,
          change: `${points} becomes ${points + 1}, one less for ${next.id}`,
          edits: [
            { path: at(id), value: points + 1 },
            { path: at(next.id), value: next.points - 1 },
          ],
        },
      ];
    });
  });
}

function listMutants({ lists, levels }: MethodologyDocument): DocumentMutant[] {
  const mutants: DocumentMutant[] = [];
  const set = (path: Path, value: unknown, change: string): void => {
    mutants.push({ path: `/${path.join('/')}`, change, edits: [{ path, value }] });
  };
  const one = (path: Path, value: number | boolean | string): void => {
    if (typeof value === 'boolean') set(path, !value, `${value} becomes ${!value}`);
    if (typeof value !== 'number') return;
    for (const other of [value + 1, value - 1]) {
      if (other < 1 || (value <= levels && other > levels)) continue;
      set(path, other, `${value} becomes ${other}`);
    }
  };
  const row = (path: Path, value: ListRow): void => {
    if (typeof value === 'number') return one(path, value);
    for (const [field, cell] of Object.entries(value)) one([...path, field], cell);
  };
  for (const [name, list] of Object.entries(lists ?? {})) {
    const { rows } = list;
    if (isNames(rows)) {
      rows.forEach((key, i) => {
        const value = rows.filter((other) => other !== key);
        const edits = [{ path: ['lists', name, 'rows'], value }];
        mutants.push({ path: `/lists/${name}/rows/${i}`, change: `${key} left out`, edits });
      });
    } else {
      for (const [key, value] of Object.entries(rows)) row(['lists', name, 'rows', key], value);
    }
    if (list.default !== undefined) row(['lists', name, 'default'], list.default);
  }
  return mutants;
}

const isNames = (rows: object): rows is readonly string[] => Array.isArray(rows);

/** The document with a mutant's edits; everything else is shared. */
export function applied(
  document: MethodologyDocument,
  mutant: DocumentMutant,
): MethodologyDocument {
  return mutant.edits.reduce<MethodologyDocument>(
    (changed, { path, value }) => edited(changed, path, value) as MethodologyDocument,
    document,
  );
}

function edited(node: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(node)) {
    return node.map((entry: unknown, i) =>
      i === Number(key) ? edited(entry, rest, value) : entry,
    );
  }
  const copy: Record<string, unknown> = { ...(node as Record<string, unknown>) };
  const result = edited(copy[key], rest, value);
  if (result === undefined) delete copy[key];
  else copy[key] = result;
  return copy;
}
