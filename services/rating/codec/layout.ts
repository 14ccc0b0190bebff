import {
  LINK_PATTERNS,
  PROFILE_ATTRIBUTES,
  RISK_EVENT_FIELDS,
  RISK_EVENT_KINDS,
  type FieldType,
} from '@tidemark/schemas/dictionary';
import { canonicalJson, type Json } from '../canonical';
import type { Layout } from '../factors/buckets';
import type { SeriesPlan } from '../factors/series';
import { hashText } from '../hash';
import type { Methodology } from '../methodology/methodology';
import type { Shape } from './value-codec';

/** What the encoding of a state refers to by number; made once for each methodology. */
export interface CodecLayout {
  /** id@version. */
  readonly name: string;
  /** First bytes of the methodology's fingerprint. */
  readonly fingerprint: Uint8Array;
  /** Changes with whatever else the numbers depend on: dictionary, units, series. */
  readonly shape: number;
  readonly attributes: readonly (readonly [name: string, type: FieldType])[];
  readonly attributeIndex: ReadonlyMap<string, number>;
  readonly eventKinds: readonly { readonly kind: string; readonly fields: Shape }[];
  readonly eventKindIndex: ReadonlyMap<string, number>;
  readonly series: readonly SeriesCodec[];
  /** Distinct measures with a column over all series. */
  readonly measures: number;
  /** Local dates, today the last, in which days of identities and windows lie. */
  readonly span: number;
  /** Every task that can be open. */
  readonly tasks: readonly string[];
}

export interface SeriesCodec {
  readonly layout: Layout;
  readonly grouped: boolean;
  /** What each column measures, by number, the same in every series. */
  readonly measureOf: readonly number[];
}

export const FINGERPRINT_BYTES = 8;

const layouts = new WeakMap<Methodology, CodecLayout>();

export function layoutOf(methodology: Methodology): CodecLayout {
  let layout = layouts.get(methodology);
  if (layout === undefined) {
    layout = makeLayout(methodology);
    layouts.set(methodology, layout);
  }
  return layout;
}

const indexOf = (names: readonly string[]): Map<string, number> =>
  new Map(names.map((name, index) => [name, index]));

function makeLayout(methodology: Methodology): CodecLayout {
  const { series, horizonDays, extra } = methodology;
  const attributes: [string, FieldType][] = Object.entries(PROFILE_ATTRIBUTES);
  for (const [name, kind] of extra) attributes.push([name, { kind }]);
  const eventKinds = Object.entries(RISK_EVENT_KINDS).map(([kind, { fields }]) => ({
    kind,
    fields: fields.flatMap((name): [string, FieldType][] => {
      const type = RISK_EVENT_FIELDS[name];
      return type === undefined ? [] : [[name, type]];
    }),
  }));
  const measures: string[] = [];
  return {
    name: `${methodology.id}@${methodology.version}`,
    fingerprint: fingerprintOf(methodology),
    shape: shapeOf(methodology),
    attributes,
    attributeIndex: indexOf(attributes.map(([name]) => name)),
    eventKinds,
    eventKindIndex: indexOf(eventKinds.map(({ kind }) => kind)),
    series: series.map((plan) => seriesCodec(plan, measures)),
    measures: measures.length,
    span: Math.max(horizonDays, ...series.map(({ layout }) => layout.reach)),
    tasks: tasksOf(methodology),
  };
}

function seriesCodec({ layout, grouping }: SeriesPlan, measures: string[]): SeriesCodec {
  const measureOf = layout.columns.map((measure) => {
    const name = 'field' in measure ? `${measure.kind} ${measure.field}` : measure.kind;
    if (!measures.includes(name)) measures.push(name);
    return measures.indexOf(name);
  });
  return { layout, grouped: grouping.kind !== 'none', measureOf };
}

function tasksOf({ document, items }: Methodology): string[] {
  const tasks = document.segmentTask === undefined ? [] : [document.segmentTask];
  for (const { name } of items) {
    const kind = document.items[name]?.missing?.task;
    if (kind !== undefined) tasks.push(`${kind}:${name}`);
  }
  return tasks;
}

function fingerprintOf({ fingerprint }: Methodology): Uint8Array {
  const bytes = new Uint8Array(FINGERPRINT_BYTES);
  for (let i = 0; i < FINGERPRINT_BYTES; i += 1) {
    bytes[i] = Number.parseInt(fingerprint.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/** Two builds that number attributes, units or series otherwise must not read each other's states. */
function shapeOf({ extra, units, items, series, horizonDays }: Methodology): number {
  const dictionary: unknown = [
    PROFILE_ATTRIBUTES,
    RISK_EVENT_FIELDS,
    RISK_EVENT_KINDS,
    LINK_PATTERNS,
    [...extra],
    units.map(({ name }) => name),
    items.map(({ name }) => name),
    series.map(({ key, layout }) => [key, layout]),
    horizonDays,
  ];
  return hashText(isJson(dictionary) ? canonicalJson(dictionary) : '').low;
}

const isJson = (value: unknown): value is Json => typeof value === 'object';
