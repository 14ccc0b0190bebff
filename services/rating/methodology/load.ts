import { LINK_PATTERNS } from '@tidemark/schemas/dictionary';
import { MS_PER_HOUR, zone, type Zone } from '../calendar';
import { compiler } from '../expression/compile';
import type { Env } from '../expression/node';
import type { Scope } from '../expression/scope';
import { viewsOf } from '../grading/explain';
import { emptyState } from '../state';
import { checkWeighted } from './check';
import { confidentialKinds } from './confidential';
import { resolveDefinitions } from './definitions';
import type { MethodologyDocument } from './document';
import type { Fault } from './faults';
import { compileFeatures, type Features } from './features';
import { fingerprintOf, fingerprintsOf } from './fingerprint';
import { checkFramework, type FrameworkDocument } from './framework';
import { compileLists } from './lists';
import { MISSING, type Methodology } from './methodology';
import { claimNames } from './name-space';
import { customerNames } from './names';
import { openUnits, type OpenUnits } from './open';
import {
  adoptedItems,
  compileUnits,
  evaluationOrder,
  seriesTouchesOf,
  tasksOf,
  touchesOf,
} from './units';

export type LoadResult =
  | { readonly ok: true; readonly methodology: Methodology }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** How long the first rating waits for missing facts, by default (design, semantics 4). */
const WAIT_HOURS = 24;

/**
 * Checks a methodology document and compiles it. All faults are reported together.
 * The caller has parsed the text and checked its form against schemas/methodology.schema.json.
 * @param framework the demands that the document names, when it names one
 */
export function loadMethodology(
  given: MethodologyDocument,
  framework?: FrameworkDocument,
): LoadResult {
  const faults: Fault[] = framework === undefined ? [] : [...checkFramework(given, framework)];
  const document = claimNames(given, faults);
  const { scale, bands } = checkWeighted(document, framework, faults);
  const timeZone = zoneOf(document, faults);
  const features = compileFeatures(document, faults);
  const kinds = confidentialKinds(document, faults);
  const scope = scopeOf(document, features, faults);
  const { all: own, ...parts } = compileUnits(document, compiler(scope), scale, faults, framework);
  evaluationOrder(own, faults);
  const open =
    faults.length > 0
      ? undefined
      : openUnits(document, kinds, scope, { all: own, ...parts }, scale, faults);
  if (faults.length > 0) {
    return { ok: false, faults: faults.map((fault) => withRule(document, fault)) };
  }
  const { concealed, twins, added } = open ?? { concealed: [], twins: [], added: [] };
  const units = [...own, ...added];
  const touches = touchesOf(units);
  const fingerprints = fingerprintsOf(document);
  const countryRows = document.lists?.[document.countryList ?? '']?.rows ?? {};
  const methodology: Omit<Methodology, 'views' | 'open'> = {
    document,
    id: document.id,
    version: document.version,
    name: `${document.id}@${document.version}`,
    fingerprint: fingerprintOf(fingerprints),
    fingerprints,
    levels: document.levels,
    grades: Object.keys(document.grades).length,
    zone: timeZone,
    horizonDays: features.horizonDays,
    waitMs: (document.firstRating?.waitHours ?? WAIT_HOURS) * MS_PER_HOUR,
    segments: Object.keys(document.segments),
    units,
    order: evaluationOrder(units, faults),
    ...parts,
    tasks: tasksOf(document, parts, twins),
    series: features.series,
    seriesOf: {
      transactions: seriesOf(features, 'transactions'),
      riskEvents: seriesOf(features, 'riskEvents'),
    },
    eventFeatures: features.events,
    kept: features.kept,
    touches,
    seriesTouches: features.series.map((_, series) => seriesTouchesOf(units, series)),
    readers: units.map((unit) => touches.get(`i:${unit.name}`) ?? []),
    scale,
    bands,
    extra: new Map(Object.entries(document.attributes ?? {}).map(([name, a]) => [name, a.type])),
    countries: new Set(Object.keys(countryRows)),
    confidential: kinds,
    concealed,
    twins,
    unconfirmed: (document.governance?.confirmedBy ?? '') === '',
    features: new Map([...features.names].map(([name, { node }]) => [name, node])),
    env: newEnv(timeZone),
    dirty: new Uint8Array(units.length),
  };
  const full = { ...methodology, views: viewsOf(methodology), open: undefined };
  return {
    ok: true,
    methodology: open === undefined ? full : { ...full, open: openOf(full, open) },
  };
}

/** The methodology of what is told openly. */
function openOf(full: Methodology, { parts }: OpenUnits): Methodology {
  const open = { ...full, ...parts };
  return { ...open, views: viewsOf(open) };
}

/** A fault in the text of an item or a direct rule concerns the rule that it serves. */
function withRule(document: MethodologyDocument, fault: Fault): Fault {
  if (fault.rule !== null) return fault;
  const [, part = '', name = '', position = ''] = fault.path.split('/');
  if (part === 'items') return { ...fault, rule: document.items[name]?.rules[0] ?? null };
  if (part === 'caps') return { ...fault, rule: document.caps?.[Number(name)]?.rule ?? null };
  if (part !== 'direct') return fault;
  const { highest, lowest } = document.direct ?? {};
  if (name === 'highest') return { ...fault, rule: highest?.[Number(position)]?.rule ?? null };
  const unless = /unless\/(\d+)/.exec(fault.path)?.[1];
  const rule = unless === undefined ? lowest?.rule : lowest?.unless[Number(unless)]?.rule;
  return { ...fault, rule: rule ?? null };
}

const seriesOf = ({ series }: Features, of: string): number[] =>
  series.flatMap((plan, index) => (plan.of === of ? [index] : []));

function zoneOf(document: MethodologyDocument, faults: Fault[]): Zone {
  try {
    return zone(document.timeZone);
  } catch {
    faults.push({
      path: '/timeZone',
      rule: null,
      problem: `no time zone '${document.timeZone}'`,
      remedy: 'give an IANA name, e.g. Asia/Shanghai',
    });
    return zone('UTC');
  }
}

function scopeOf(document: MethodologyDocument, features: Features, faults: Fault[]): Scope {
  const names = customerNames(document);
  for (const [name, binding] of features.names) names.set(name, binding);
  const base: Scope = {
    names,
    definitions: new Map(),
    lists: compileLists(document, faults),
    items: new Map(adoptedItems(document).map(([id], position) => [id, position + 1])),
    linkPatterns: new Set(LINK_PATTERNS),
  };
  return resolveDefinitions(document, base, faults);
}

function newEnv(timeZone: Zone): Env {
  const env: Env = {
    asOf: 0,
    today: 0,
    until: Number.POSITIVE_INFINITY,
    zone: timeZone,
    state: emptyState('', ''),
    score: (unit) => {
      const score = (env.state.results[unit] ?? 0) & ~MISSING;
      return score === 0 ? undefined : score;
    },
    record: {},
    locals: [],
    pass: 0,
    passes: 0,
  };
  return env;
}
