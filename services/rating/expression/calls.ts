import type { ASTNode } from '@marcbachmann/cel-js';
import { fullMonths, midnight, monthsComplete, MS_PER_DAY } from '../calendar';
import { add, type Exact } from '../exact';
import { ofAny } from './course';
import { compileNode, definition, type Context } from './compile';
import { ExpressionFault } from './expression-fault';
import { greatest, PLAIN_FUNCTIONS } from './functions';
import { BOOL, DAY, INT, isExact, isList, STRING, valid } from './node';
import type { Clock, Env, Node, Type, Value } from './node';
import { PLAIN, type List } from './scope';

const MONTHS_PER_YEAR = 12;

/** The function calls of the methodology language. */
export function callNode(id: string, args: readonly ASTNode[], context: Context): Node {
  if (context.scope.definitions.has(id)) {
    return definition(
      id,
      args.map((arg) => compileNode(arg, context)),
      context,
    );
  }
  const nodes = (): Node[] => args.map((arg) => compileNode(arg, context));
  switch (id) {
    case 'has':
    case 'known':
      return known(nodes());
    case 'orElse':
      return orElse(nodes());
    case 'fullYears':
      return ageInMonths(nodes(), MONTHS_PER_YEAR);
    case 'fullMonths':
      return ageInMonths(nodes(), 1);
    case 'age24h':
      return ageInDays(nodes());
    case 'level':
      return row(nodes(), context, INT);
    case 'flag':
      return row(nodes(), context, BOOL);
    case 'listDay':
      return row(nodes(), context, DAY);
    case 'listed':
      return listed(nodes(), context);
    case 'longestPrefix':
      return longestPrefix(nodes(), context);
    case 'itemScore':
      return itemScore(nodes(), context);
    case 'linkHit':
      return linkHit(nodes(), context);
    case 'at':
      return groupAt(nodes());
    default:
      return plain(id, nodes());
  }
}

function plain(id: string, nodes: readonly Node[]): Node {
  const run = id === 'max' && nodes.length === 1 ? greatest : PLAIN_FUNCTIONS[id];
  if (run === undefined) {
    throw new ExpressionFault(`the function ${id} is not offered`, 'see the methodology reference');
  }
  const [a = unknown, b = unknown, c = unknown] = nodes.map((node) => node.run);
  const type = id === 'share' ? BOOL : id === 'prefix' ? STRING : INT;
  // These grow with each element, so that they fall with them.
  const grows = id === 'sum' || id === 'count' || id === 'size';
  const course = grows ? nodes[0]?.course : ofAny(...nodes);
  return { type, course, run: (env) => run(a(env), b(env), c(env)) };
}

const unknown = (): Value => undefined;

const first = (nodes: readonly Node[]): Node => {
  const [node] = nodes;
  if (node === undefined) throw new ExpressionFault('an argument is missing', 'add it');
  return node;
};

function known(nodes: readonly Node[]): Node {
  const { run, stated, course } = first(nodes);
  return {
    type: BOOL,
    course: ofAny({ course }),
    run: stated ?? ((env) => run(env) !== undefined),
  };
}

function orElse(nodes: readonly Node[]): Node {
  const { run, type } = first(nodes);
  const fallback = nodes[1]?.run;
  return {
    type,
    course: ofAny(...nodes),
    run: (env) => {
      const value = run(env);
      return value === undefined ? fallback?.(env) : value;
    },
  };
}

/** An age: read on its own it holds until the next unit; see comparison() for the usual case. */
function ageNode(clock: Clock): Node {
  return {
    type: INT,
    clock,
    run: (env) => {
      const now = clock.age(env);
      if (now !== undefined) valid(env, clock.reaches(env, now + 1));
      return now;
    },
  };
}

const unit = (nodes: readonly Node[], wanted: 'day' | 'instant', name: string): Node['run'] => {
  const { type, run } = first(nodes);
  if (type.is !== 'int' || type.unit !== wanted) {
    throw new ExpressionFault(
      `${name} takes ${wanted === 'day' ? 'a day' : 'an instant'}`,
      wanted === 'day' ? 'use age24h() for instants' : 'use fullMonths() or fullYears() for days',
    );
  }
  return run;
};

function ageInMonths(nodes: readonly Node[], monthsPerUnit: number): Node {
  const run = unit(nodes, 'day', monthsPerUnit === 1 ? 'fullMonths' : 'fullYears');
  return ageNode({
    age: (env) => {
      const day = run(env);
      return typeof day === 'number'
        ? Math.floor(fullMonths(day, env.today) / monthsPerUnit)
        : undefined;
    },
    reaches: (env, k) => {
      const day = run(env);
      if (typeof day !== 'number' || k <= 0) return Number.NEGATIVE_INFINITY;
      return midnight(env.zone, monthsComplete(day, k * monthsPerUnit));
    },
  });
}

function ageInDays(nodes: readonly Node[]): Node {
  const run = unit(nodes, 'instant', 'age24h');
  return ageNode({
    age: (env) => {
      const instant = run(env);
      return typeof instant === 'number'
        ? Math.max(0, Math.floor((env.asOf - instant) / MS_PER_DAY))
        : undefined;
    },
    reaches: (env, k) => {
      const instant = run(env);
      if (typeof instant !== 'number' || k <= 0) return Number.NEGATIVE_INFINITY;
      return instant + k * MS_PER_DAY;
    },
  });
}

const text = (node: Node | undefined, what: string): string => {
  if (typeof node?.constant !== 'string') {
    throw new ExpressionFault(
      `${what} must be a literal`,
      `write the name of the ${what} in quotes`,
    );
  }
  return node.constant;
};

function listNamed(node: Node | undefined, context: Context): List {
  const id = text(node, 'list');
  const list = context.scope.lists.get(id);
  if (list === undefined) {
    throw new ExpressionFault(
      `no list '${id}'`,
      `add it under lists, or use one of ${[...context.scope.lists.keys()].join(', ')}`,
    );
  }
  return list;
}

function row(nodes: readonly Node[], context: Context, type: Type): Node {
  const { rows, fallback } = listNamed(nodes[0], context);
  const key = nodes[1]?.run;
  const column = text(nodes[2], 'field');
  const has = [...rows.values(), ...(fallback === undefined ? [] : [fallback])].some(
    (fields) => fields[column] !== undefined,
  );
  if (!has && type !== DAY) {
    throw new ExpressionFault(`no row of the list has '${column}'`, 'correct the field name');
  }
  const wanted = type === BOOL ? 'boolean' : 'number';
  const other = [...rows.values(), ...(fallback === undefined ? [] : [fallback])].some(
    (fields) => fields[column] !== undefined && typeof fields[column] !== wanted,
  );
  if (other) {
    throw new ExpressionFault(
      `'${column}' is no ${wanted} in every row of the list`,
      'read booleans with flag(), integers with level(), days with listDay()',
    );
  }
  return {
    type,
    course: ofAny(...nodes),
    run: (env) => {
      const value = key?.(env);
      return typeof value === 'string' ? (rows.get(value) ?? fallback)?.[column] : undefined;
    },
  };
}

function listed(nodes: readonly Node[], context: Context): Node {
  const { rows } = listNamed(nodes[0], context);
  const key = nodes[1]?.run;
  return {
    type: BOOL,
    course: ofAny(...nodes),
    run: (env) => {
      const value = key?.(env);
      return typeof value === 'string' ? rows.has(value) : undefined;
    },
  };
}

function longestPrefix(nodes: readonly Node[], context: Context): Node {
  const { rows, fallback } = listNamed(nodes[0], context);
  const key = nodes[1]?.run;
  return {
    type: INT,
    course: ofAny(...nodes),
    run: (env) => {
      const code = key?.(env);
      if (typeof code !== 'string') return undefined;
      for (let length = code.length; length > 0; length -= 1) {
        const found = rows.get(code.slice(0, length));
        if (found !== undefined) return found[PLAIN];
      }
      return fallback?.[PLAIN];
    },
  };
}

function itemScore(nodes: readonly Node[], context: Context): Node {
  const id = text(nodes[0], 'item');
  const unitIndex = context.scope.items.get(id);
  if (unitIndex === undefined) throw new ExpressionFault(`no item '${id}'`, 'correct the item id');
  context.reads.add(`i:${id}`);
  // When the item's score changes, by time too, what reads it is evaluated again.
  return { type: INT, course: 'still', run: (env) => env.score(unitIndex) };
}

function linkHit(nodes: readonly Node[], context: Context): Node {
  const pattern = text(nodes[0], 'link pattern');
  if (!context.scope.linkPatterns.has(pattern)) {
    throw new ExpressionFault(
      `no link pattern '${pattern}'`,
      `use one of ${[...context.scope.linkPatterns].join(', ')}`,
    );
  }
  context.reads.add(`l:${pattern}`);
  // No fact yet: the pattern is not hit.
  return {
    type: BOOL,
    course: 'still',
    run: (env: Env): Value => env.state.links.get(pattern)?.hit ?? false,
  };
}

function groupAt(nodes: readonly Node[]): Node {
  const { group, course } = first(nodes);
  const key = nodes[1]?.run;
  if (group === undefined) {
    throw new ExpressionFault('at() takes a feature grouped by one field', 'add `by: [field]`');
  }
  return {
    type: INT,
    course: nodes[1]?.course === 'still' ? course : undefined,
    run: (env) => {
      const keys = key?.(env);
      if (typeof keys === 'string') return group(env, keys);
      if (!isList(keys) || keys.includes(undefined)) return undefined;
      let total: Exact = 0;
      for (const one of new Set(keys)) {
        const value = typeof one === 'string' ? group(env, one) : undefined;
        if (!isExact(value)) return undefined;
        total = add(total, value);
      }
      return total;
    },
  };
}
