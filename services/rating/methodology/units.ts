import type { Compile, Compiled } from '../expression/compile';
import { WITHIN } from '../expression/macros';
import type { Value } from '../expression/node';
import type { ItemDocument, MethodologyDocument, ScoreForm } from './document';
import type { Fault } from './faults';
import { attempt, bool } from './features';
import { ruleOf, type FrameworkDocument } from './framework';
import { CONCEALED, MISSING, NO, UNKNOWN, YES } from './methodology';
import type { ConditionUnit, ItemUnit, SeriesTouches, TaskPlan, Twin, Unit } from './methodology';
import { compileScore, type ScoreContext } from './scores';

/** The units of a methodology: what is evaluated, remembered and evaluated again when it may change. */
export interface Units {
  readonly all: readonly Unit[];
  readonly items: readonly ItemUnit[];
  readonly highest: readonly ConditionUnit[];
  readonly lowestWhen: ConditionUnit | undefined;
  readonly lowestUnless: readonly ConditionUnit[];
  readonly caps: readonly (ConditionUnit & { readonly grade: number })[];
  readonly marks: readonly ConditionUnit[];
  /** Conditions that open tasks; `rule` is the task's kind. */
  readonly taskConditions: readonly ConditionUnit[];
}

/** Items that have a weight, in the document's order; their unit is this position + 1. */
export const adoptedItems = (document: MethodologyDocument): [string, ItemDocument][] =>
  Object.entries(document.items).filter(([, item]) => item.adopted !== false);

export function compileUnits(
  document: MethodologyDocument,
  compile: Compile,
  scale: number,
  faults: Fault[],
  framework?: FrameworkDocument,
): Units {
  const all: Unit[] = [];
  const add = <T extends Unit>(make: (index: number) => T): T => {
    const unit = make(all.length);
    all.push(unit);
    return unit;
  };
  const condition = (rule: string, source: string, path: string): ConditionUnit => {
    const compiled = attempt(() => bool(compile(source)), path, faults);
    const run = compiled?.node.run ?? ((): Value => undefined);
    return add((index) => ({
      index,
      name: path,
      rule,
      reads: compiled?.reads ?? new Set<string>(),
      evaluate: (env) => codeOf(run(env)),
    }));
  };
  const segments = Object.keys(document.segments);
  add((index) => segmentUnit(index, document, compile, faults));
  const items = adoptedItems(document).map(([id, item]) =>
    add((index) =>
      itemUnit(index, id, item, { segments, compile, scale, faults, document, framework }),
    ),
  );
  const { highest = [], lowest } = document.direct ?? {};
  return {
    all,
    items,
    highest: highest.map(({ rule, when }, i) => condition(rule, when, `/direct/highest/${i}/when`)),
    lowestWhen:
      lowest === undefined ? undefined : condition(lowest.rule, lowest.when, '/direct/lowest/when'),
    lowestUnless: (lowest?.unless ?? []).map(({ rule, when }, i) =>
      condition(rule, when, `/direct/lowest/unless/${i}/when`),
    ),
    caps: (document.caps ?? []).map(({ rule, when, grade }, i) => ({
      ...condition(rule, when, `/caps/${i}/when`),
      grade,
    })),
    marks: Object.entries(document.marks ?? {}).map(([name, when]) =>
      condition(name, when, `/marks/${name}`),
    ),
    taskConditions: Object.entries(document.tasks ?? {}).map(([kind, { when }]) =>
      condition(kind, when, `/tasks/${kind}/when`),
    ),
  };
}

const codeOf = (value: Value): number => (value === true ? YES : value === false ? NO : UNKNOWN);

/** The first segment whose condition is true; 0 when one before it is unknown, or none is true. */
function segmentUnit(
  index: number,
  document: MethodologyDocument,
  compile: Compile,
  faults: Fault[],
): Unit {
  const reads = new Set<string>();
  const tests = Object.entries(document.segments).map(([name, source]) => {
    const compiled = attempt(() => bool(compile(source)), `/segments/${name}`, faults);
    for (const read of compiled?.reads ?? []) {
      reads.add(read);
      if (!read.startsWith('i:')) continue;
      faults.push({
        path: `/segments/${name}`,
        rule: null,
        problem: 'a segment cannot depend on a score: scores depend on the segment',
        remedy: 'use attributes and features',
      });
    }
    return compiled?.node.run ?? ((): Value => undefined);
  });
  return {
    index,
    name: 'segment',
    reads,
    evaluate: (env) => {
      for (let i = 0; i < tests.length; i += 1) {
        const holds = tests[i]?.(env);
        if (holds === true) return i + 1;
        if (holds === undefined) return 0;
      }
      return 0;
    },
  };
}

/** The value that a score form looks at first, for explanations. */
function valueOf(form: ScoreForm): string | undefined {
  if ('map' in form) return form.map.value;
  if ('bands' in form) return form.bands.value;
  if ('value' in form) return form.value;
  if ('cases' in form) return undefined;
  const parts = 'highest' in form ? form.highest : Object.values(form.bySegment);
  return parts.map(valueOf).find((value) => value !== undefined);
}

interface ItemContext {
  readonly segments: readonly string[];
  readonly compile: Compile;
  readonly scale: number;
  readonly faults: Fault[];
  readonly document: MethodologyDocument;
  readonly framework: FrameworkDocument | undefined;
}

function itemUnit(index: number, id: string, item: ItemDocument, context: ItemContext): ItemUnit {
  const { segments, faults, scale, document, framework } = context;
  const path = `/items/${id}`;
  const reads = new Set<string>();
  const compile = (source: string, at: string): Compiled | undefined => {
    const compiled = attempt(() => context.compile(source), at, faults);
    for (const read of compiled?.reads ?? []) reads.add(read);
    return compiled;
  };
  const fault: ScoreContext['fault'] = (at, problem, remedy, check) => {
    const rule = check === undefined ? null : ruleOf(framework, check);
    faults.push({ path: at, rule, problem, remedy });
  };
  const scoring: ScoreContext = { compile, segments, levels: document.levels, fault };
  const score = compileScore(item.score, `${path}/score`, scoring);
  const required =
    item.required === undefined ? undefined : compile(item.required, `${path}/required`);
  if (required !== undefined && required.node.type.is !== 'bool') {
    fault(`${path}/required`, 'a condition is true or false', 'compare it with something');
  }
  const source = item.shows ?? valueOf(item.score);
  const shows = source === undefined ? undefined : compile(source, `${path}/shows`);
  const least = item.missing?.score ?? 0;
  if (!Number.isInteger(least) || least < 1 || least > document.levels) {
    fault(
      `${path}/missing`,
      'does not say what missing data scores',
      `add missing: { score: 1 to ${document.levels}, task: ... }`,
      'scoreRange',
    );
  }
  if (document.elements[item.element] === undefined) {
    fault(`${path}/element`, `no element '${item.element}'`, 'add it under elements');
  }
  const weights = segments.map((name) => Math.round((item.weight?.[name] ?? 0) * scale));
  const needed = required?.node.run;
  return {
    index,
    name: id,
    reads,
    weights,
    // of what is concealed no value is shown, not even that of an event that never was
    shows: [...(shows?.reads ?? [])].some((read) => read.startsWith(CONCEALED))
      ? undefined
      : shows?.node.run,
    evaluate: (env) => {
      if ((weights[env.state.segment] ?? 0) === 0) return 0;
      const code = score(env);
      const known = code & ~MISSING;
      const incomplete = (code & MISSING) !== 0 || known === 0;
      if (!incomplete && (needed === undefined || needed(env) === true)) return known;
      return Math.max(least, known) | MISSING;
    },
  };
}

/** The order in which each unit reads only earlier ones; faults name a cycle. */
export function evaluationOrder(units: readonly Unit[], faults: Fault[]): number[] {
  const byRead = new Map(units.map((unit) => [`i:${unit.name}`, unit.index]));
  const order: number[] = [];
  const state = new Map<number, 'open' | 'done'>();
  const visit = (unit: Unit): void => {
    if (state.get(unit.index) === 'done') return;
    if (state.get(unit.index) === 'open') {
      faults.push({
        path: `/items/${unit.name}`,
        rule: null,
        problem: 'the item depends on its own score',
        remedy: 'break the cycle of itemScore()',
      });
      return;
    }
    state.set(unit.index, 'open');
    for (const read of unit.reads) {
      const before = units[byRead.get(read) ?? -1];
      if (before !== undefined) visit(before);
    }
    state.set(unit.index, 'done');
    order.push(unit.index);
  };
  units.forEach(visit);
  return order;
}

/** Which units to evaluate again when something changes, by what changed. */
export function touchesOf(units: readonly Unit[]): Map<string, readonly number[]> {
  const touches = new Map<string, number[]>();
  for (const unit of units) {
    for (const read of unit.reads) {
      const list = touches.get(read) ?? [];
      list.push(unit.index);
      touches.set(read, list);
    }
  }
  return touches;
}

/** The units that read a series, apart from those that read it in a loop over groups only. */
export function seriesTouchesOf(units: readonly Unit[], series: number): SeriesTouches {
  const key = `s:${series}`;
  const always: number[] = [];
  const within: { unit: number; groupsOf: number }[] = [];
  for (const { index, reads } of units) {
    if (reads.has(key)) {
      always.push(index);
      continue;
    }
    for (const read of reads) {
      const [inner, outer] = read.split(WITHIN);
      if (inner === key && outer !== undefined) {
        within.push({ unit: index, groupsOf: Number(outer.slice('s:'.length)) });
      }
    }
  }
  return { always, within };
}

/**
 * The tasks that a document opens, the one about the segment first.
 * @param twins of units that read confidential events: by them a task is open to all
 */
export function tasksOf(
  document: MethodologyDocument,
  { items, taskConditions }: Pick<Units, 'items' | 'taskConditions'>,
  twins: readonly Twin[],
): TaskPlan[] {
  return plansOf(document, items, taskConditions).flatMap((plan) => {
    const twin = twins.find(({ of }) => of === plan.unit);
    if (twin === undefined) return [plan];
    const { index: unless } = twin;
    return [
      { ...plan, unit: unless },
      { ...plan, key: `restricted ${plan.key}`, unless },
    ];
  });
}

function plansOf(
  document: MethodologyDocument,
  items: readonly ItemUnit[],
  taskConditions: readonly ConditionUnit[],
): TaskPlan[] {
  const { segmentTask } = document;
  const plans: TaskPlan[] = [];
  if (segmentTask !== undefined) {
    const reason = 'the kind of customer is not known';
    plans.push({ key: segmentTask, kind: segmentTask, item: null, unit: null, bits: 0, reason });
  }
  for (const { name, index } of items) {
    const kind = document.items[name]?.missing?.task;
    if (kind === undefined) continue;
    const reason = `${name} lacks data`;
    plans.push({ key: `${kind}:${name}`, kind, item: name, unit: index, bits: MISSING, reason });
  }
  for (const { rule: kind, index } of taskConditions) {
    const reason = document.tasks?.[kind]?.title?.en ?? 'its condition holds';
    plans.push({ key: kind, kind, item: null, unit: index, bits: YES, reason });
  }
  return plans;
}
