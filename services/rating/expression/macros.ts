import type { ASTNode } from '@marcbachmann/cel-js';
import { compileNode, type Context } from './compile';
import { ExpressionFault } from './expression-fault';
import { inLoop } from './cost';
import { isFalse, ofElements, ofSome, settling } from './course';
import { PLAIN_FUNCTIONS } from './functions';
import { BOOL, INT, isList, list, type Env, type Node, type Value } from './node';

/** Method calls: exists, all, filter, map over lists, and size. */
export function macro(
  method: string,
  target: ASTNode,
  args: readonly ASTNode[],
  context: Context,
): Node {
  const over = compileNode(target, context);
  const { run } = over;
  if (method === 'size') {
    const size = PLAIN_FUNCTIONS['size'];
    return { type: INT, course: over.course, run: (env) => size?.(run(env), undefined, undefined) };
  }
  const [variable, body] = args;
  if (over.type.is !== 'list' || variable?.op !== 'id' || body === undefined || args.length !== 2) {
    throw new ExpressionFault(
      `the method ${method} is not offered`,
      'use exists, all, filter, map or size on a list',
    );
  }
  const slot = context.slots;
  const element = over.type.of;
  const reads = over.groupsOf === undefined ? context.reads : new Set<string>();
  const each = compileNode(body, {
    ...context,
    reads,
    cost: inLoop(context.cost, target),
    slots: slot + 1,
    locals: new Map(context.locals).set(variable.args, {
      slot,
      type: element,
      course: over.course,
    }),
  });
  if (over.groupsOf !== undefined) readWithin(over.groupsOf, reads, context.reads);
  const test = (env: Env, value: Value): Value => {
    env.locals[slot] = value;
    return each.run(env);
  };
  switch (method) {
    case 'exists':
      return {
        type: BOOL,
        course: ofSome(over, each),
        run: settling(ofSome(over, each), (env) => quantify(env, run(env), test, true), isFalse),
      };
    case 'all':
      return { type: BOOL, run: (env) => quantify(env, run(env), test, false) };
    case 'filter':
      return {
        type: over.type,
        course: ofSome(over, each),
        ...(over.groupsOf === undefined ? {} : { groupsOf: over.groupsOf }),
        run: (env) => {
          const values = run(env);
          return isList(values) ? chosen(env, values, test) : undefined;
        },
      };
    case 'map':
      if (each.type.is === 'list') {
        throw new ExpressionFault('a list of lists cannot be read', 'give one value of each');
      }
      return {
        type: list(each.type),
        course: ofElements(over, each),
        run: (env) => {
          const values = run(env);
          return isList(values) ? values.map((value) => test(env, value)) : undefined;
        },
      };
    default:
      throw new ExpressionFault(
        `the method ${method} is not offered`,
        'use exists, all, filter, map or size on a list',
      );
  }
}

/** `s:2 within s:5`: series 2 is read in a loop over the groups of series 5 only. */
export const WITHIN = ' within ';

function readWithin(groupsOf: string, inner: ReadonlySet<string>, outer: Set<string>): void {
  for (const read of inner) {
    const series = read.startsWith('s:') && !read.includes(WITHIN) && read !== groupsOf;
    outer.add(series ? `${read}${WITHIN}${groupsOf}` : read);
  }
}

/** Those for which the test is true; the list itself where it is for all. */
function chosen(
  env: Env,
  values: readonly Value[],
  test: (env: Env, value: Value) => Value,
): readonly Value[] {
  let same = 0;
  while (same < values.length && test(env, values[same]) === true) same += 1;
  if (same === values.length) return values;
  const kept = same === 0 ? NONE : values.slice(0, same);
  let found: Value[] | undefined;
  for (let i = same + 1; i < values.length; i += 1) {
    const value = values[i];
    if (test(env, value) !== true) continue;
    if (found === undefined) found = [...kept, value];
    else found.push(value);
  }
  return found ?? kept;
}
const NONE: readonly Value[] = [];

/** exists (decisive = true) and all (decisive = false), three-valued. */
function quantify(
  env: Env,
  values: Value,
  test: (env: Env, value: Value) => Value,
  decisive: boolean,
): Value {
  if (!isList(values)) return undefined;
  let unknown = false;
  for (let i = 0; i < values.length; i += 1) {
    const result = test(env, values[i]);
    if (result === decisive) return decisive;
    if (result === undefined) unknown = true;
  }
  return unknown ? undefined : !decisive;
}
