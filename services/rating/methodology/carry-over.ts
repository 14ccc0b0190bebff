import type { Measure } from '../factors/buckets';
import type { SeriesPlan } from '../factors/series';
import type { Fault } from './faults';
import type { Methodology } from './methodology';

/** Whether two parts of a layout, plain data, are the same. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What keeps the states of one methodology from being moved to another exactly: facts that the other
 * one asks for and the one before did not keep. None: every customer is rated after the move as if
 * all its records had been folded by the other one. (Records that the one before refused because they
 * name an attribute that it does not declare stay refused.)
 * @returns faults with paths into the other document
 */
export function carryOverFaults(from: Methodology, to: Methodology): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, problem: string): void => {
    faults.push({ path, rule: null, problem, remedy: REMEDY });
  };
  if (from.zone.name !== to.zone.name) {
    fault('/timeZone', `days are kept by the local dates of ${from.zone.name}`);
  }
  for (const [name, type] of to.extra) {
    const before = from.extra.get(name);
    if (before !== undefined && before !== type) {
      fault(`/attributes/${name}`, `what is known of it is kept as ${before}, not ${type}`);
    }
  }
  for (const name of to.kept.keys()) {
    const path = `/features/${name}`;
    const missing = missingOf(from, to, name);
    if (missing !== undefined) fault(path, `no history for it: ${missing}`);
  }
  if (to.horizonDays > from.horizonDays) {
    fault('/features', `ids of transactions are kept for ${from.horizonDays} days only`);
  }
  return faults;
}

const REMEDY =
  'keep what the version in force keeps, or begin a new generation from all records with this one';

function missingOf(from: Methodology, to: Methodology, name: string): string | undefined {
  const kept = to.kept.get(name);
  if (kept === undefined) return undefined;
  if ('series' in kept) {
    const plan = to.series[kept.series];
    return plan && missingOfSeries(from, plan);
  }
  const filter = to.eventFeatures[kept.event]?.filter ?? '';
  return isKept(from, filter) ? undefined : 'such risk events are not kept';
}

/** Whether another methodology keeps the events that satisfy a filter. */
const isKept = ({ eventFeatures }: Methodology, filter: string): boolean =>
  eventFeatures.some((feature) => feature.filter === filter || feature.where === undefined);

function missingOfSeries(from: Methodology, { key, layout }: SeriesPlan): string | undefined {
  const before = from.series.find((plan) => plan.key === key)?.layout;
  if (before === undefined) return 'no feature has this filter and grouping';
  if (before.reach < layout.reach) return `days are kept for ${before.reach} days only`;
  const measure = [...layout.columns, ...layout.distincts].find(
    (wanted) => !keeps([...before.columns, ...before.distincts], wanted),
  );
  return measure === undefined ? undefined : `its measure (${measure.kind}) is not kept`;
}

const keeps = (measures: readonly Measure[], wanted: Measure): boolean =>
  measures.some((measure) =>
    measure.kind === 'distinct' && wanted.kind === 'distinct'
      ? measure.field === wanted.field && measure.cap >= wanted.cap
      : isSame(measure, wanted),
  );
