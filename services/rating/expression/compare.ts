import { same } from '../exact';
import { isFalse, isTrue, ofAny, settling, type Course } from './course';
import { ExpressionFault } from './expression-fault';
import { BOOL, isExact, isList, valid } from './node';
import type { Clock, Env, Node, Value } from './node';

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

const holds = (
  operator: Exclude<Operator, 'in'>,
  a: number | bigint,
  b: number | bigint,
): boolean => {
  switch (operator) {
    case '==':
      return same(a, b);
    case '!=':
      return !same(a, b);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    default:
      return operator satisfies never;
  }
};

/** A literal outside an attribute's allowed values is a misspelling, not a case that never comes. */
function checkAllowed(of: Node, literals: readonly Value[]): void {
  const allowed = of.type.is === 'string' ? of.type.values : undefined;
  if (allowed === undefined) return;
  for (const literal of literals) {
    if (typeof literal === 'string' && !allowed.includes(literal)) {
      throw new ExpressionFault(
        `'${literal}' is not among its allowed values`,
        `use one of ${allowed.join(', ')}`,
      );
    }
  }
}

export function comparison(operator: Operator, left: Node, right: Node): Node {
  if (operator === 'in') return membership(left, right);
  checkAllowed(left, [right.constant]);
  checkAllowed(right, [left.constant]);
  if (left.clock !== undefined && right.clock === undefined) {
    return ageComparison(operator, left.clock, right);
  }
  if (right.clock !== undefined && left.clock === undefined) {
    return ageComparison(MIRRORED[operator], right.clock, left);
  }
  const { run: a } = left;
  const { run: b } = right;
  if (left.type.is === 'int') {
    const compare = (env: Env): Value => {
      const x = a(env);
      const y = b(env);
      return isExact(x) && isExact(y) ? holds(operator, x, y) : undefined;
    };
    return { type: BOOL, ...settlingComparison(operator, left, right, compare) };
  }
  if (left.type.is !== 'string' && left.type.is !== 'bool') {
    throw new ExpressionFault(
      'only integers, strings and booleans are compared',
      'compare elements with exists() or all()',
    );
  }
  const wanted = operator === '==';
  const course = ofAny(left, right);
  if (operator !== '==' && operator !== '!=') {
    throw new ExpressionFault('strings have no order here', 'compare with == and !=');
  }
  return {
    type: BOOL,
    course,
    run: (env) => {
      const x = a(env);
      if (x === undefined) return undefined;
      const y = b(env);
      return y === undefined ? undefined : (x === y) === wanted;
    },
  };
}

/** A falling number that is below a bound stays below it. */
function settlingComparison(
  operator: Exclude<Operator, 'in'>,
  left: Node,
  right: Node,
  run: Node['run'],
): { readonly course: Course; readonly run: Node['run'] } {
  if (right.course === 'falling' && left.course === 'still') {
    return settlingComparison(MIRRORED[operator], right, left, run);
  }
  if (left.course !== 'falling' || right.course !== 'still') {
    return { course: ofAny(left, right), run };
  }
  switch (operator) {
    case '>':
    case '>=':
      return { course: 'falling', run: settling('falling', run, isFalse) };
    case '<':
    case '<=':
      return { course: undefined, run: settling('falling', run, isTrue) };
    case '==':
    case '!=':
      return { course: undefined, run };
    default:
      return operator satisfies never;
  }
}

/** An age against a bound turns once: no evaluation is needed before that instant. */
function ageComparison(operator: Exclude<Operator, 'in'>, clock: Clock, right: Node): Node {
  const { age, reaches } = clock;
  const { run } = right;
  return {
    type: BOOL,
    run: (env) => {
      const now = age(env);
      const bound = run(env);
      if (now === undefined || !isExact(bound)) return undefined;
      // Beyond 2^53 no age gets there.
      if (typeof bound === 'bigint') return holds(operator, now, bound);
      // < and >= turn when the bound is reached, <= and > when it is passed, == and != at both.
      if (now < bound) {
        const passed = operator === '<=' || operator === '>';
        valid(env, reaches(env, passed ? bound + 1 : bound));
      } else if (now === bound && operator !== '<' && operator !== '>=') {
        valid(env, reaches(env, bound + 1));
      }
      return holds(operator, now, bound);
    },
  };
}

function membership(left: Node, right: Node): Node {
  const { run: a } = left;
  const { run: b } = right;
  return {
    type: BOOL,
    course: ofAny(left, right),
    run: (env) => {
      const x = a(env);
      const values = b(env);
      if (x === undefined || !isList(values)) return undefined;
      if (values.includes(x)) return true;
      return values.includes(undefined) ? undefined : false;
    },
  };
}

/** `x in ['a', 'b']` with literals only: checked against the allowed values, one set for all runs. */
export function literalMembership(left: Node, literals: readonly Value[]): Node {
  checkAllowed(left, literals);
  const set = new Set(literals);
  const { run } = left;
  return {
    type: BOOL,
    course: ofAny(left),
    run: (env) => {
      const x = run(env);
      return x === undefined ? undefined : set.has(x);
    },
  };
}
