import { compiler, type Compile, type Compiled } from '../expression/compile';
import { ExpressionFault } from '../expression/expression-fault';
import { INT, list, type Type, type Value } from '../expression/node';
import type { Course } from '../expression/course';
import { newCell, once } from '../expression/once';
import type { Binding, Scope } from '../expression/scope';
import type { Measure, Window } from '../factors/buckets';
import { readEvents, type EventFeature } from '../factors/events';
import { readGroup, readGroups, readSingle } from '../factors/series';
import type { Grouping, SeriesPlan, WindowFeature } from '../factors/series';
import type { FeatureDocument, MethodologyDocument } from './document';
import type { Fault } from './faults';
import { recordNames } from './names';

/** Thirteen months, the longest window that daily buckets are meant for. */
const WINDOW_DAYS_MAX = 397;
const CAP_MAX = 1000;
/** Filters of single events run inside the expressions that read the feature. */
const RECORD_SLOTS = 256;

export interface Features {
  readonly names: ReadonlyMap<string, Binding>;
  readonly series: readonly SeriesPlan[];
  readonly events: readonly EventFeature[];
  readonly horizonDays: number;
  /** Where each feature's facts are kept, by its name. */
  readonly kept: ReadonlyMap<string, Kept>;
}

/** The index of a series, or of an event feature. */
export type Kept = { readonly series: number } | { readonly event: number };

interface Drafted {
  readonly plan: Omit<SeriesPlan, 'layout'>;
  readonly columns: Measure[];
  readonly distincts: Extract<Measure, { kind: 'distinct' }>[];
  readonly windows: Window[];
}

/** Compiles the rolling facts that a methodology asks for: series shared, windows over them. */
export function compileFeatures(document: MethodologyDocument, faults: Fault[]): Features {
  const compilers: Record<'transactions' | 'riskEvents', Compile> = {
    transactions: compiler(recordScope('transactions'), RECORD_SLOTS),
    riskEvents: compiler(recordScope('riskEvents'), RECORD_SLOTS),
  };
  const drafts: Drafted[] = [];
  const events: EventFeature[] = [];
  const windowed: { name: string; feature: WindowFeature; grouping: Grouping; of: string }[] = [];
  const names = new Map<string, Binding>();
  const kept = new Map<string, Kept>();
  for (const [name, feature] of Object.entries(document.features ?? {})) {
    const path = `/features/${name}`;
    const fault = (at: string, problem: string, remedy: string): void => {
      faults.push({ path: `${path}${at}`, rule: null, problem, remedy });
    };
    const condition = (at: 'where' | 'holds'): Compiled | undefined => {
      const source = feature[at];
      if (source === undefined) return undefined;
      return attempt(() => bool(compilers[feature.of](source)), `${path}/${at}`, faults);
    };
    const where = condition('where');
    if (feature.window === undefined) {
      checkEventFeature(feature, fault);
      const index = events.length;
      kept.set(name, { event: index });
      const compiled: EventFeature = {
        filter: filterText(feature),
        where: where?.node.run,
        ageDays: days(feature.age) ?? Number.POSITIVE_INFINITY,
        oncePer: feature.oncePer,
        latestPer: feature.latestPer,
        holds: condition('holds')?.node.run,
      };
      events.push(compiled);
      names.set(
        name,
        // Events age, and what is counted of them only becomes less.
        binding(INT, name, `e:${index}`, 'falling', (env) => readEvents(env, compiled)),
      );
      continue;
    }
    const measure = measureOf(feature, fault);
    const window = { days: days(feature.window) ?? 0, before: days(feature.before) ?? 0 };
    checkWindow(feature, window, fault);
    const grouping = groupingOf(feature, fault);
    const draft = draftFor(drafts, feature, where, grouping);
    kept.set(name, { series: drafts.indexOf(draft) });
    windowed.push({
      name,
      grouping,
      of: feature.of,
      feature: {
        series: drafts.indexOf(draft),
        window: indexIn(draft.windows, window),
        slot:
          measure.kind === 'distinct'
            ? { distinct: indexIn(draft.distincts, measure) }
            : { column: indexIn(draft.columns, measure) },
      },
    });
  }
  const series = drafts.map(({ plan, columns, distincts, windows }): SeriesPlan => {
    const reach = Math.max(...windows.map(({ days: length, before }) => length + before));
    return { ...plan, layout: { columns, distincts, windows, reach } };
  });
  for (const { name, feature, grouping } of windowed) {
    const plan = series[feature.series];
    if (plan !== undefined) names.set(name, windowBinding(plan, feature, grouping, name));
  }
  const horizonDays = Math.max(
    1,
    ...series.flatMap(({ of, layout }) => (of === 'transactions' ? [layout.reach] : [])),
  );
  return { names, series, events, horizonDays, kept };
}

function recordScope(of: 'transactions' | 'riskEvents'): Scope {
  return {
    names: recordNames(of),
    definitions: new Map(),
    lists: new Map(),
    items: new Map(),
    linkPatterns: new Set(),
  };
}

/** The expression itself, when it is a condition. @throws ExpressionFault */
export const bool = (compiled: Compiled): Compiled => {
  if (compiled.node.type.is !== 'bool') {
    throw new ExpressionFault(
      `gives ${compiled.node.type.is}, a condition is true or false`,
      'compare it with something',
    );
  }
  return compiled;
};

/** Runs a compilation step, turning an expression's fault into a fault of the document. */
export function attempt<T>(step: () => T, path: string, faults: Fault[]): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    faults.push({ path, rule: null, problem: error.message, remedy: error.remedy });
    return undefined;
  }
}

/** A feature is read under its own name (`f:`, for explanations) and where it is kept. */
const binding = (
  type: Type,
  name: string,
  read: string,
  course: Course,
  run: Binding['node']['run'],
  group?: Binding['node']['group'],
): Binding => ({
  type,
  reads: [`f:${name}`, read],
  node: {
    type,
    course,
    run: once(run, newCell()),
    ...(type.is === 'list' ? { groupsOf: read } : {}),
    ...(group === undefined ? {} : { group }),
  },
});

function windowBinding(
  plan: SeriesPlan,
  feature: WindowFeature,
  grouping: Grouping,
  name: string,
): Binding {
  const read = `s:${feature.series}`;
  const course = courseOf(plan, feature);
  if (grouping.kind === 'none') {
    return binding(INT, name, read, course, (env): Value => readSingle(env, plan, feature));
  }
  const known = recordNames(plan.of);
  const fields: Record<string, Type> =
    grouping.kind === 'each'
      ? { key: { is: 'string' } }
      : Object.fromEntries(
          grouping.fields.map((field) => [field, known.get(field)?.type ?? { is: 'string' }]),
        );
  const type = list({ is: 'record', name: `Group_${name}`, fields: { ...fields, value: INT } });
  const single = grouping.kind === 'each' || grouping.fields.length === 1;
  return binding(
    type,
    name,
    read,
    course,
    (env) => readGroups(env, plan, feature),
    single ? (env, key) => readGroup(env, plan, feature, key) : undefined,
  );
}

/**
 * Days leave a window that ends today, and amounts of transactions are not negative: it falls. Into
 * one that ends before today days also come.
 */
function courseOf({ of, layout }: SeriesPlan, { window, slot }: WindowFeature): Course {
  const measure = 'column' in slot ? layout.columns[slot.column] : undefined;
  const counts = measure === undefined || measure.kind === 'count';
  const ends = layout.windows[window]?.before === 0;
  return ends && (counts || of === 'transactions') ? 'falling' : undefined;
}

/** '30d' as 30. */
export const days = (text: string | undefined): number | undefined => {
  const match = /^(\d+)d$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]);
};

function indexIn<T>(list: T[], value: T): number {
  const text = JSON.stringify(value);
  const found = list.findIndex((other) => JSON.stringify(other) === text);
  return found >= 0 ? found : list.push(value) - 1;
}

const filterText = ({ where }: FeatureDocument): string =>
  (where ?? '').replace(/\s+/g, ' ').trim();

function draftFor(
  drafts: Drafted[],
  feature: FeatureDocument,
  where: Compiled | undefined,
  grouping: Grouping,
): Drafted {
  const key = JSON.stringify([feature.of, filterText(feature), grouping]);
  const found = drafts.find(({ plan }) => plan.key === key);
  if (found !== undefined) return found;
  const draft: Drafted = {
    plan: { key, of: feature.of, where: where?.node.run, grouping },
    columns: [],
    distincts: [],
    windows: [],
  };
  drafts.push(draft);
  return draft;
}

type Report = (at: string, problem: string, remedy: string) => void;

function measureOf(feature: FeatureDocument, fault: Report): Measure {
  const { sum, count, max, distinct, cap } = feature;
  const given = [sum, count, max, distinct].filter((measure) => measure !== undefined);
  if (given.length !== 1) {
    fault('', 'a window feature has one measure', 'give one of sum, count, max, distinct');
  }
  const known = recordNames(feature.of);
  for (const field of [sum, max, distinct]) {
    if (field === undefined) continue;
    const type = known.get(field)?.type;
    const fits = field === distinct ? type?.is === 'string' : type?.is === 'int';
    if (!fits) {
      fault('', `'${field}' cannot be measured`, 'name an integer field, or a string for distinct');
    }
  }
  if (sum !== undefined) return { kind: 'sum', field: sum };
  if (max !== undefined) return { kind: 'max', field: max };
  if (distinct === undefined) return { kind: 'count' };
  if (cap === undefined || !Number.isInteger(cap) || cap < 1 || cap > CAP_MAX) {
    fault('/cap', 'distinct needs a cap', `give cap: 1 to ${CAP_MAX}`);
  }
  return { kind: 'distinct', field: distinct, cap: cap ?? 1 };
}

function checkWindow(
  feature: FeatureDocument,
  { days: length, before }: Window,
  fault: Report,
): void {
  if (length < 1 || length + before > WINDOW_DAYS_MAX) {
    fault('/window', 'the window is out of range', `1d to ${WINDOW_DAYS_MAX}d, with before`);
  }
  if (feature.before !== undefined && days(feature.before) === undefined) {
    fault('/before', 'not a number of days', 'write e.g. 30d');
  }
  if (before > 0 && (feature.max !== undefined || feature.distinct !== undefined)) {
    fault('/before', 'max and distinct end today', 'use before with sum or count only');
  }
  for (const key of ['age', 'oncePer', 'latestPer', 'holds'] as const) {
    if (feature[key] !== undefined) {
      fault(`/${key}`, `${key} belongs to event features`, `remove it, or remove window`);
    }
  }
}

function groupingOf(feature: FeatureDocument, fault: Report): Grouping {
  const { by, each } = feature;
  if (by !== undefined && each !== undefined) {
    fault('/each', 'by and each exclude each other', 'keep one of them');
  }
  const fields = by ?? each ?? [];
  const known = recordNames(feature.of);
  for (const field of fields) {
    if (known.get(field)?.type.is !== 'string') {
      fault('', `cannot group by '${field}'`, 'name string fields of the record');
    }
  }
  if (fields.length === 0) return { kind: 'none' };
  return { kind: by === undefined ? 'each' : 'by', fields };
}

function checkEventFeature(feature: FeatureDocument, fault: Report): void {
  if (feature.of !== 'riskEvents') {
    fault('/window', 'transactions need a window', `add window: 1d to ${WINDOW_DAYS_MAX}d`);
  }
  if (feature.count !== true) {
    fault('', 'event features count', 'add count: true, or a window for sum, max, distinct');
  }
  for (const key of ['by', 'each', 'before', 'sum', 'max', 'distinct'] as const) {
    if (feature[key] !== undefined) fault(`/${key}`, `${key} needs a window`, 'add window');
  }
  if (feature.age !== undefined && days(feature.age) === undefined) {
    fault('/age', 'not a number of days', 'write e.g. 730d');
  }
  const known = recordNames(feature.of);
  for (const field of [
    ...(feature.latestPer ?? []),
    ...(feature.oncePer === undefined ? [] : [feature.oncePer]),
  ]) {
    if (!known.has(field)) {
      const at = feature.latestPer === undefined ? '/oncePer' : '/latestPer';
      fault(at, `no field '${field}'`, `use one of ${[...known.keys()].join(', ')}`);
    }
  }
  if (feature.oncePer !== undefined && feature.latestPer !== undefined) {
    fault('/latestPer', 'oncePer and latestPer exclude each other', 'keep one of them');
  }
}
