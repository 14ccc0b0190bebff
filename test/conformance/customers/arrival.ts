/** How the target profile comes in, and in which order all records arrive. */
import { addEvent, clearProfile, setProfile } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import type { Attributes, InputRecord } from '../evaluator/records';
import { ATTRIBUTE_NAMES, randomAttribute } from './attribute-values';
import { afterAsOf, type Making } from './making';

function only(profile: Attributes, names: string[]): Attributes {
  return Object.fromEntries(Object.entries(profile).filter(([name]) => names.includes(name)));
}

function pastInstant({ draft, random }: Making): number {
  return draft.asOf - random.pick([0, 1, DAY_MS, random.int(2, 600 * DAY_MS)]);
}

/** Two fresh ids, ascending by code units. */
function idPair({ draft }: Making): [string, string] {
  const [first, second] = [draft.nextId(), draft.nextId()];
  return first < second ? [first, second] : [second, first];
}

function losingValue(making: Making, name: keyof Attributes & string): Attributes {
  if (name === 'parties') return { parties: [] };
  if (name === 'customerKind') {
    return { customerKind: making.random.pick(['natural', 'entity', 'sole_trader']) };
  }
  return randomAttribute(making, name);
}

/** States one attribute beside a value that must lose: older, smaller id, or after as-of. */
function contested(making: Making, name: keyof Attributes & string, value: Attributes): void {
  const { draft, random } = making;
  const at = pastInstant(making);
  const loser = losingValue(making, name);
  const [smaller, greater] = idPair(making);
  setProfile(draft, value, at, greater);
  switch (random.int(0, 4)) {
    case 0:
      setProfile(draft, loser, at, smaller);
      break;
    case 1:
      setProfile(draft, loser, at - random.pick([1, 1000, DAY_MS]), smaller);
      break;
    case 2:
      setProfile(draft, loser, afterAsOf(making), smaller);
      break;
    case 3:
      clearProfile(draft, [name], at, smaller);
      break;
    default:
      clearProfile(draft, [name], afterAsOf(making), smaller);
  }
}

/** An attribute that shall be absent: cleared after it was set, or set only after as-of. */
function absent(making: Making, name: (typeof ATTRIBUTE_NAMES)[number]): void {
  const { draft, random } = making;
  const set = randomAttribute(making, name);
  const [smaller, greater] = idPair(making);
  const at = pastInstant(making);
  switch (random.int(0, 3)) {
    case 0:
      setProfile(draft, set, at, smaller);
      clearProfile(draft, [name], at, greater);
      break;
    case 1:
      setProfile(draft, set, at - 1, greater);
      clearProfile(draft, [name], at, smaller);
      break;
    case 2:
      setProfile(draft, set, afterAsOf(making), greater);
      break;
    default:
      clearProfile(draft, [name], at, greater);
  }
}

/** The register of cdd has two writers. */
function contestedCdd(making: Making, cdd: string): void {
  const { draft, random } = making;
  const at = pastInstant(making);
  const other = random.pick(['cooperative', 'delayed', 'refused']);
  const [smaller, greater] = idPair(making);
  const byEvent = random.chance(0.5);
  if (byEvent) addEvent(draft, 'cdd_changed', { cdd }, at, greater);
  else setProfile(draft, { cdd }, at, greater);
  const loserAt = random.pick([at, at - 1, afterAsOf(making)]);
  if (byEvent) setProfile(draft, { cdd: other }, loserAt, smaller);
  else addEvent(draft, 'cdd_changed', { cdd: other }, loserAt, smaller);
}

/** Writes profile changes after which the registers hold exactly the target at as-of. */
export function stateProfile(making: Making): void {
  const { draft, random, profile } = making;
  const target: Attributes = { ...profile };
  if (making.parties.length > 0 || random.chance(0.1)) target.parties = making.parties;
  const groups: string[][] = Array.from({ length: random.int(1, 3) }, () => []);
  for (const name of Object.keys(target) as (keyof Attributes & string)[]) {
    if (name === 'cdd' && target.cdd !== undefined && random.chance(0.3)) {
      contestedCdd(making, target.cdd);
    } else if (random.chance(0.06)) {
      contested(making, name, only(target, [name]));
    } else {
      random.pick(groups).push(name);
    }
  }
  for (const names of groups) {
    if (names.length > 0) setProfile(draft, only(target, names), pastInstant(making));
  }
  for (const name of ATTRIBUTE_NAMES) {
    if (target[name] === undefined && random.chance(0.06)) absent(making, name);
  }
}

/** Any order, duplicates anywhere; sometimes by time, backwards, or with the profile last. */
export function arrive({ draft, random }: Making): InputRecord[] {
  const copies = draft.records.filter(() => random.chance(0.04)).map((record) => ({ ...record }));
  const mixed = random.shuffle([...draft.records, ...copies]);
  const isProfile = (record: InputRecord): boolean => record.type === 'profile-change';
  switch (random.int(0, 4)) {
    case 0:
      return mixed.sort((a, b) => a.occurredAt - b.occurredAt);
    case 1:
      return mixed.sort((a, b) => b.occurredAt - a.occurredAt);
    case 2:
      return [...mixed.filter((record) => !isProfile(record)), ...mixed.filter(isProfile)];
    default:
      return mixed;
  }
}
