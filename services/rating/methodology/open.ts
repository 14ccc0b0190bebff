import { compiler } from '../expression/compile';
import type { Node } from '../expression/node';
import type { Binding, Scope } from '../expression/scope';
import { confidentialFeatures } from './confidential';
import type { MethodologyDocument } from './document';
import type { Fault } from './faults';
import { CONCEALED, type Twin, type Unit } from './methodology';
import { compileUnits, type Units } from './units';

/**
 * What is told openly: the same units as if no confidential event had ever happened. Each unit that reads
 * one, directly or by the score of another, has a twin that reads it as never happened; twins are evaluated
 * and remembered like any unit, so that what is told openly follows from open facts alone.
 */
export interface OpenUnits {
  readonly concealed: readonly Node[];
  readonly twins: readonly Twin[];
  /** The twins, to be evaluated after the other units. */
  readonly added: readonly Unit[];
  /** The units of which it is told openly. */
  readonly parts: Omit<Units, 'all'>;
}

/** The document must be without faults. @returns undefined: nothing in it is confidential */
export function openUnits(
  document: MethodologyDocument,
  kinds: ReadonlySet<string>,
  scope: Scope,
  units: Units,
  scale: number,
  faults: Fault[],
): OpenUnits | undefined {
  if (kinds.size === 0) return undefined;
  const concealed = confidentialFeatures(document, kinds);
  const readers = readersOf(units.all, concealed);
  if (readers.has(SEGMENT)) {
    faults.push({
      path: '/segments',
      rule: null,
      problem: 'a segment cannot depend on confidential events: it would tell of them',
      remedy: 'use attributes and features of other events',
    });
    return undefined;
  }
  const twins = [...readers].map((of, i) => ({ of, index: units.all.length + i }));
  const indexes = new Map(twins.map(({ of, index }) => [of, index]));
  const items = new Map(
    [...scope.items].map(([id, index]) => [id, indexes.get(index) ?? index] as const),
  );
  const open = compileUnits(
    document,
    compiler({ ...scope, items, names: withoutEvents(scope, concealed) }),
    scale,
    faults,
  );
  const told = <T extends Unit>(full: readonly T[], other: readonly T[]): T[] =>
    full.map((unit, i) => {
      const index = indexes.get(unit.index);
      const twin = other[i];
      return index === undefined || twin === undefined ? unit : { ...twin, index };
    });
  const [lowestWhen] = told(listOf(units.lowestWhen), listOf(open.lowestWhen));
  const ids = new Set(units.items.flatMap(({ index, name }) => (readers.has(index) ? [name] : [])));
  return {
    concealed: [...concealed].flatMap((name) => listOf(scope.names.get(name)?.node)),
    twins,
    added: twins.flatMap(({ of, index }) => {
      const twin = open.all[of];
      return twin === undefined ? [] : [apart({ ...twin, index }, ids)];
    }),
    parts: {
      items: told(units.items, open.items),
      highest: told(units.highest, open.highest),
      lowestWhen,
      lowestUnless: told(units.lowestUnless, open.lowestUnless),
      caps: told(units.caps, open.caps),
      marks: told(units.marks, open.marks),
      taskConditions: told(units.taskConditions, open.taskConditions),
    },
  };
}

const SEGMENT = 0;

const listOf = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

/** Units that read confidential features, by themselves or by the score of one that does. */
function readersOf(all: readonly Unit[], concealed: ReadonlySet<string>): ReadonlySet<number> {
  const keys = new Set([...concealed].map((name) => `f:${name}`));
  const found = new Set<number>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { index, name, reads } of all) {
      if (found.has(index) || ![...reads].some((read) => keys.has(read))) continue;
      found.add(index);
      keys.add(`i:${name}`);
    }
  }
  return found;
}

/** The twin under a name of its own, reading the scores of twins where there are such. */
function apart(twin: Unit, ids: ReadonlySet<string>): Unit {
  const own = (name: string): string => `open ${name}`;
  const reads = [...twin.reads].map((read) => {
    const id = read.startsWith('i:') ? read.slice('i:'.length) : '';
    return ids.has(id) ? `i:${own(id)}` : read;
  });
  return { ...twin, name: own(twin.name), reads: new Set(reads) };
}

/** The names of a scope, where nothing was ever counted of confidential events. */
function withoutEvents({ names }: Scope, concealed: ReadonlySet<string>): Map<string, Binding> {
  const open = new Map(names);
  for (const name of concealed) {
    const binding = names.get(name);
    if (binding === undefined) continue;
    const { type, group } = binding.node;
    const node: Node = {
      type,
      course: 'still',
      run: () => (type.is === 'list' ? [] : 0),
      ...(group === undefined ? {} : { group: () => 0 }),
    };
    open.set(name, { type, reads: [`${CONCEALED}${name}`], node });
  }
  return open;
}
