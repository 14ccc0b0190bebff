import { add, multiply, subtract } from '../exact';
import { JOINED_LENGTH_MAX } from './cost';
import { isFalse, ofAny, ofConditions, ofNumbers, settling } from './course';
import { ExpressionFault } from './expression-fault';
import { BOOL, INT, STRING, isExact, isList, isStructure, list } from './node';
import type { Env, Node, Type, Value } from './node';

function constantNode(value: boolean | number | bigint | string): Node {
  const type: Type = typeof value === 'boolean' ? BOOL : typeof value === 'string' ? STRING : INT;
  return { type, run: () => value, constant: value, course: 'still' };
}

export function literal(value: unknown): Node {
  if (typeof value === 'boolean' || typeof value === 'string') return constantNode(value);
  if (typeof value === 'bigint') {
    const small = Number(value);
    return constantNode(Number.isSafeInteger(small) ? small : value);
  }
  throw new ExpressionFault(
    'only integers, strings, true and false are literals',
    'write money in minor units and shares with share(part, total, percent)',
  );
}

/** The number of a group of a feature. */
const GROUP_VALUE = 'value';

export function field(of: Node, key: string): Node {
  const type = of.type.is === 'record' ? of.type.fields[key] : undefined;
  if (type === undefined) throw new ExpressionFault(`no field '${key}'`, 'correct the field name');
  const { run } = of;
  // Of a group only the value falls; its key is what it is.
  const course = of.course === 'falling' && key !== GROUP_VALUE ? 'still' : of.course;
  return {
    type,
    course,
    run: (env) => {
      const value = run(env);
      return isStructure(value) ? value[key] : undefined;
    },
  };
}

export function listOf(elements: readonly Node[]): Node {
  const runs = elements.map((element) => element.run);
  const type = elements[0]?.type ?? STRING;
  const course = type.is === 'bool' ? ofConditions(...elements) : ofNumbers(...elements);
  return { type: list(type), course, run: (env) => runs.map((run) => run(env)) };
}

export function not(operand: Node): Node {
  const { run } = operand;
  return {
    type: BOOL,
    course: ofAny(operand),
    run: (env) => {
      const value = run(env);
      return typeof value === 'boolean' ? !value : undefined;
    },
  };
}

export function and(one: Node, other: Node): Node {
  const { run: left } = one;
  const { run: right } = other;
  const course = ofConditions(one, other);
  const run = (env: Env): Value => {
    const a = left(env);
    if (a === false) return false;
    const b = right(env);
    if (b === false) return false;
    return a === true && b === true ? true : undefined;
  };
  return { type: BOOL, course, run: settling(course, run, isFalse) };
}

export function or(one: Node, other: Node): Node {
  const { run: left } = one;
  const { run: right } = other;
  return {
    type: BOOL,
    course: ofConditions(one, other),
    run: (env) => {
      const a = left(env);
      if (a === true) return true;
      const b = right(env);
      if (b === true) return true;
      return a === false && b === false ? false : undefined;
    },
  };
}

export function choice(condition: Node, yes: Node, no: Node): Node {
  const { run: test } = condition;
  const ofBranches = yes.type.is === 'bool' ? ofConditions(yes, no) : ofNumbers(yes, no);
  return {
    type: yes.type,
    course: condition.course === 'still' ? ofBranches : undefined,
    run: (env) => {
      const value = test(env);
      if (value === undefined) return undefined;
      return value === true ? yes.run(env) : no.run(env);
    },
  };
}

export function plus(left: Node, right: Node): Node {
  if (left.type.is === 'int') return arithmetic(add, ofNumbers, left, right);
  const { run: a } = left;
  const { run: b } = right;
  return {
    type: left.type,
    course: ofAny(left, right),
    run: (env) => {
      const x = a(env);
      const y = b(env);
      if (typeof x === 'string' && typeof y === 'string') return x + y;
      return isList(x) && isList(y) ? joined(x, y) : undefined;
    },
  };
}

function joined(x: readonly Value[], y: readonly Value[]): readonly Value[] | undefined {
  if (x.length === 0) return y;
  if (y.length === 0) return x;
  return x.length + y.length > JOINED_LENGTH_MAX ? undefined : x.concat(y);
}

export const minus = (left: Node, right: Node): Node => arithmetic(subtract, ofAny, left, right);

export const times = (left: Node, right: Node): Node =>
  arithmetic(multiply, ofNumbers, left, right);

export function negative(operand: Node): Node {
  const { constant } = operand;
  return isExact(constant) ? constantNode(subtract(0, constant)) : minus(constantNode(0), operand);
}

function arithmetic(operation: typeof add, courseOf: typeof ofAny, left: Node, right: Node): Node {
  const { run: a } = left;
  const { run: b } = right;
  return {
    type: INT,
    course: courseOf(left, right),
    run: (env: Env): Value => {
      const x = a(env);
      const y = b(env);
      return isExact(x) && isExact(y) ? operation(x, y) : undefined;
    },
  };
}
