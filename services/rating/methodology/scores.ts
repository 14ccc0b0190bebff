import type { Compiled } from '../expression/compile';
import { settling } from '../expression/course';
import { isExact, valid, type Env, type Value } from '../expression/node';
import type { ScoreForm } from './document';
import type { Check } from './framework';
import { MISSING } from './methodology';

/**
 * A compiled score: the score, 0 when the form gives none, plus MISSING when something it read is
 * unknown.
 */
export type Score = (env: Env) => number;

export interface ScoreContext {
  readonly compile: (source: string, path: string) => Compiled | undefined;
  readonly segments: readonly string[];
  readonly levels: number;
  readonly fault: (path: string, problem: string, remedy: string, check?: Check) => void;
}

const nothing: Score = () => MISSING;

export function compileScore(form: ScoreForm, path: string, context: ScoreContext): Score {
  if ('map' in form) return mapped(form.map, `${path}/map`, context);
  if ('bands' in form) return banded(form.bands, `${path}/bands`, context);
  if ('cases' in form) return cases(form.cases, `${path}/cases`, context);
  if ('value' in form) return direct(form.value, `${path}/value`, context);
  if ('highest' in form) {
    const parts = form.highest.map((part, i) =>
      compileScore(part, `${path}/highest/${i}`, context),
    );
    return (env) => {
      let best = 0;
      let flag = 0;
      for (const part of parts) {
        const code = part(env);
        flag |= code & MISSING;
        best = Math.max(best, code & ~MISSING);
      }
      return best | flag;
    };
  }
  return bySegment(form.bySegment, `${path}/bySegment`, context);
}

function bySegment(
  forms: Readonly<Record<string, ScoreForm>>,
  path: string,
  context: ScoreContext,
): Score {
  for (const name of Object.keys(forms)) {
    if (!context.segments.includes(name)) {
      context.fault(`${path}/${name}`, 'no such segment', `use ${context.segments.join(', ')}`);
    }
  }
  const scores = context.segments.map((name) => {
    const form = forms[name];
    return form === undefined ? nothing : compileScore(form, `${path}/${name}`, context);
  });
  return (env) => (scores[env.state.segment] ?? nothing)(env);
}

function checkScore(score: number, path: string, { levels, fault }: ScoreContext): void {
  if (!Number.isInteger(score) || score < 1 || score > levels) {
    fault(path, `${score} is no score`, `give an integer from 1 to ${levels}`, 'scoreRange');
  }
}

function typed(
  source: string,
  is: 'bool' | 'int' | 'string',
  path: string,
  context: ScoreContext,
): Compiled | undefined {
  const compiled = context.compile(source, path);
  if (compiled !== undefined && compiled.node.type.is !== is) {
    context.fault(path, `gives ${compiled.node.type.is}, not ${is}`, 'correct the expression');
    return undefined;
  }
  return compiled;
}

function mapped(
  { value, scores }: { value: string; scores: Readonly<Record<string, number>> },
  path: string,
  context: ScoreContext,
): Score {
  const compiled = typed(value, 'string', `${path}/value`, context);
  const table = new Map(Object.entries(scores));
  for (const [key, score] of table) checkScore(score, `${path}/scores/${key}`, context);
  if (compiled === undefined) return nothing;
  const allowed = compiled.node.type.is === 'string' ? compiled.node.type.values : undefined;
  if (allowed !== undefined) {
    for (const key of table.keys()) {
      if (!allowed.includes(key)) {
        context.fault(`${path}/scores/${key}`, 'not an allowed value', `use ${allowed.join(', ')}`);
      }
    }
    const left = allowed.filter((key) => !table.has(key));
    if (left.length > 0) {
      context.fault(`${path}/scores`, `no score for ${left.join(', ')}`, 'score every value');
    }
  }
  const { run } = compiled.node;
  return (env) => {
    const key = run(env);
    return (typeof key === 'string' ? table.get(key) : undefined) ?? MISSING;
  };
}

function banded(
  {
    value,
    steps,
  }: { value: string; steps: readonly { readonly from: number; readonly score: number }[] },
  path: string,
  context: ScoreContext,
): Score {
  const compiled = typed(value, 'int', `${path}/value`, context);
  steps.forEach(({ from, score }, i) => {
    checkScore(score, `${path}/steps/${i}/score`, context);
    const before = steps[i - 1]?.from;
    if (!Number.isSafeInteger(from) || (before !== undefined && from <= before)) {
      context.fault(`${path}/steps/${i}/from`, 'bands ascend', 'give ascending integers');
    }
  });
  if (steps.length === 0) context.fault(`${path}/steps`, 'no bands', 'give at least one');
  if (compiled === undefined) return nothing;
  const { clock, run } = compiled.node;
  const bounds = steps.map(({ from }) => from);
  const bandOf = (value: Value): number => {
    let band = 0;
    if (isExact(value))
      while (band + 1 < bounds.length && value >= (bounds[band + 1] ?? 0)) band += 1;
    return band;
  };
  const scoreOf = (band: number): number => steps[band]?.score ?? MISSING;
  if (clock === undefined) {
    const isLowest = (value: Value): boolean => value !== undefined && bandOf(value) === 0;
    const read = settling(compiled.node.course, run, isLowest);
    return (env) => {
      const value = read(env);
      return value === undefined ? MISSING : scoreOf(bandOf(value));
    };
  }
  return (env) => {
    const age = clock.age(env);
    if (age === undefined) return MISSING;
    const band = bandOf(age);
    const next = bounds[band + 1];
    if (next !== undefined) valid(env, clock.reaches(env, next));
    return scoreOf(band);
  };
}

function cases(
  list: readonly { readonly when?: string; readonly score: number }[],
  path: string,
  context: ScoreContext,
): Score {
  const compiled = list.map(({ when, score }, i) => {
    checkScore(score, `${path}/${i}/score`, context);
    if (when === undefined && i < list.length - 1) {
      context.fault(`${path}/${i}`, 'cases after it never apply', 'move it to the end');
    }
    const test = when === undefined ? undefined : typed(when, 'bool', `${path}/${i}/when`, context);
    return {
      score,
      run: when === undefined ? (): Value => true : (test?.node.run ?? (() => undefined)),
    };
  });
  return (env) => {
    let flag = 0;
    for (const { score, run } of compiled) {
      const holds = run(env);
      if (holds === true) return score | flag;
      if (holds === undefined) flag = MISSING;
    }
    return flag;
  };
}

function direct(value: string, path: string, context: ScoreContext): Score {
  const compiled = typed(value, 'int', path, context);
  if (compiled === undefined) return nothing;
  const { run, constant } = compiled.node;
  const { levels } = context;
  if (isExact(constant)) checkScore(Number(constant), path, context);
  return (env) => {
    const score = run(env);
    return typeof score === 'number' && score >= 1 && score <= levels ? score : MISSING;
  };
}
