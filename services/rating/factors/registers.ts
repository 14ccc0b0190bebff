import type { LinkFact, ProfileChange, RiskEvent } from '@tidemark/schemas/records';
import type { Value } from '../expression/node';
import type { CustomerState, Register } from '../state';

/** Attributes from which `places` is derived. */
const PLACE_ATTRIBUTES = new Set([
  'nationality',
  'registration',
  'domicile',
  'businessPlace',
  'parties',
]);

/** The later by (occurredAt, event id by code units) wins. */
const wins = (
  old: { readonly at: number; readonly by: string } | undefined,
  at: number,
  by: string,
): boolean => old === undefined || at > old.at || (at === old.at && by > old.by);

function write(
  state: CustomerState,
  attribute: string,
  value: Value,
  record: { readonly occurredAt: number; readonly id: string },
  estimated: boolean,
): boolean {
  const { occurredAt: at, id: by } = record;
  if (!wins(state.profile.get(attribute), at, by)) return false;
  const register: Register = { value, at, by, estimated };
  state.profile.set(attribute, register);
  state.profileText = undefined;
  if (PLACE_ATTRIBUTES.has(attribute)) state.places = undefined;
  return true;
}

/** Folds a profile change. @returns the attributes whose register changed */
export function foldProfile(state: CustomerState, record: ProfileChange): string[] {
  const changed: string[] = [];
  const { extra, ...set } = record.set ?? {};
  const provenance = record.provenance ?? {};
  const all: readonly (readonly [string, Value])[] = [
    ...Object.entries(set),
    ...Object.entries(extra ?? {}),
  ];
  for (const [attribute, value] of all) {
    if (value === undefined) continue;
    const estimated = provenance[attribute]?.estimated === true;
    if (write(state, attribute, value, record, estimated)) changed.push(attribute);
  }
  for (const name of record.clear ?? []) {
    const attribute = name.startsWith(EXTRA) ? name.slice(EXTRA.length) : name;
    if (write(state, attribute, undefined, record, false)) changed.push(attribute);
  }
  return changed;
}
const EXTRA = 'extra.';

/** cdd_changed writes the same register as a profile change (guideline section 15, Timing). */
export function foldCddChanged(state: CustomerState, record: RiskEvent): string[] {
  if (record.kind !== 'cdd_changed' || typeof record.cdd !== 'string') return [];
  return write(state, 'cdd', record.cdd, record, false) ? ['cdd'] : [];
}

/** One register per pattern; a hit holds until a later record says false. */
export function foldLink(state: CustomerState, record: LinkFact): boolean {
  const { pattern, hit, count, occurredAt: at, id: by } = record;
  if (!wins(state.links.get(pattern), at, by)) return false;
  state.links.set(pattern, { hit, count, at, by });
  return true;
}

interface Located {
  readonly [kind: string]: Value;
}
const isLocated = (value: Value): value is Located =>
  typeof value === 'object' && !Array.isArray(value);

/** All places of the customer and of every related party, with whose they are (E-G0). */
export function placesOf(state: CustomerState): readonly Value[] {
  if (state.places !== undefined) return state.places;
  const places: Value[] = [];
  const gather = (holder: string, read: (kind: string) => Value): void => {
    const nationality = read('nationality');
    if (Array.isArray(nationality)) {
      for (const country of nationality) places.push({ holder, kind: 'nationality', country });
    }
    for (const kind of ['registration', 'domicile', 'businessPlace']) {
      const place = read(kind);
      if (isLocated(place)) {
        places.push({ holder, kind, country: place['country'], region: place['region'] });
      }
    }
  };
  gather('customer', (kind) => state.profile.get(kind)?.value);
  const parties = state.profile.get('parties')?.value;
  if (Array.isArray(parties)) {
    for (const party of parties) {
      if (isLocated(party)) gather(String(party['role']), (kind) => party[kind]);
    }
  }
  state.places = places;
  return places;
}
