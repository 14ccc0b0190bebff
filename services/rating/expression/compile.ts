import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { callNode } from './calls';
import { closest } from './closest';
import { comparison, literalMembership } from './compare';
import { bounded, costs, ofDefinition, spendJoin, spendNode, spendText, type Cost } from './cost';
import type { Course } from './course';
import { ExpressionFault } from './expression-fault';
import { macro } from './macros';
import { celType } from './node';
import type { Node, Type } from './node';
import { newCell, once, type Cell } from './once';
import {
  and,
  choice,
  field,
  listOf,
  literal,
  minus,
  negative,
  not,
  or,
  plus,
  times,
} from './operators';
import { checker, type Scope } from './scope';

export interface Compiled {
  readonly source: string;
  readonly node: Node;
  /** What the expression reads: `a:attribute`, `f:feature`, `l:pattern`, `i:item`. */
  readonly reads: ReadonlySet<string>;
}

/** One compilation: the scope, local variables in force and what has been read so far. */
export interface Context {
  readonly scope: Scope;
  readonly check: Environment;
  readonly reads: Set<string>;
  readonly locals: ReadonlyMap<string, Local>;
  /** The first slot that is free for a local variable. */
  readonly slots: number;
  readonly depth: number;
  /** Of definitions without parameters, by name: many units read the same. */
  readonly cells: Map<string, Cell>;
  readonly cost: Cost;
}
export interface Local {
  readonly slot: number;
  readonly type: Type;
  readonly course?: Course;
}

const MAX_DEPTH = 32;

/**
 * Compiles expressions of one scope; the type checker is built once.
 * @param firstSlot where their local variables begin: expressions that run while another one runs
 * must not share its slots
 */
export function compiler(scope: Scope, firstSlot = 0): Compile {
  const check = checker(scope);
  const cells = new Map<string, Cell>();
  const newCost = costs();
  return (source, params = []) => {
    const reads = new Set<string>();
    const locals = new Map(
      params.map(([name, type], i) => [name, { slot: firstSlot + i, type }] as const),
    );
    const slots = firstSlot + params.length;
    const within = { scope, check, reads, locals, slots, depth: 0, cells, cost: newCost() };
    return { source, node: notTooDeep(() => compileSource(source, within)), reads };
  };
}

/** Compiles one expression. @throws ExpressionFault */
export type Compile = (
  source: string,
  params?: readonly (readonly [name: string, type: Type])[],
) => Compiled;

/** What runs is nested as what is compiled, and takes less of the stack. @throws ExpressionFault */
function notTooDeep(compile: () => Node): Node {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExpressionFault('it is nested too deeply', 'give parts of it a name in a list');
  }
}

/** `has(name)` asks for a name here; standard CEL knows has() of a field only. */
function admitHas(source: string, check: Environment): string {
  let text = source;
  const starts: number[] = [];
  const gather = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(gather);
    if (!isNode(value)) return;
    if (value.op === 'call' && value.args[0] === 'has' && value.args[1][0]?.op === 'id') {
      starts.push(value.start);
    }
    gather(value.args);
  };
  gather(check.parse(source).ast);
  // From the last to the first, so that positions stay true.
  for (const start of starts.sort((a, b) => b - a)) {
    text = `${text.slice(0, start)}known${text.slice(start + 'has'.length)}`;
  }
  return text;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

export function compileSource(source: string, context: Context): Node {
  const { check } = context;
  spendText(context.cost, source);
  let text: string;
  try {
    text = admitHas(source, check);
  } catch (error) {
    throw new ExpressionFault(`not valid CEL: ${firstLine(error)}`, 'correct the expression');
  }
  const result = withLocals(check, context.locals).check(text);
  if (!result.valid) {
    const problem = firstLine(result.error);
    throw new ExpressionFault(problem, remedyFor(problem, context));
  }
  return compileNode(check.parse(source).ast, context);
}

function withLocals(check: Environment, locals: Context['locals']): Environment {
  if (locals.size === 0) return check;
  const local = check.clone();
  for (const [name, { type }] of locals) local.registerVariable(name, celType(type));
  return local;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

function remedyFor(problem: string, { scope, locals }: Context): string {
  const unknown = /^Unknown variable: (\S+)/.exec(problem)?.[1];
  if (unknown === undefined) return 'correct the expression so that its types agree';
  if (scope.faulty?.has(unknown) === true)
    return `mend '${unknown}' first: it has a fault of its own`;
  const names = [...scope.names.keys(), ...scope.definitions.keys(), ...locals.keys()];
  const near = closest(unknown, names);
  return near === undefined
    ? 'use an attribute of the dictionary, a feature or a definition of this document'
    : `did you mean '${near}'?`;
}

/** The compiled node of an AST node whose types have been checked. @throws ExpressionFault */
export function compileNode(ast: ASTNode, context: Context): Node {
  spendNode(context.cost);
  return bounded(nodeOf(ast, context), context.cost);
}

function nodeOf(ast: ASTNode, context: Context): Node {
  const compile = (node: ASTNode): Node => compileNode(node, context);
  switch (ast.op) {
    case 'value':
      return literal(ast.args);
    case 'id':
      return name(ast.args, context);
    case '.':
      return field(compile(ast.args[0]), ast.args[1]);
    case 'list':
      return listOf(ast.args.map(compile));
    case '&&':
      return and(compile(ast.args[0]), compile(ast.args[1]));
    case '||':
      return or(compile(ast.args[0]), compile(ast.args[1]));
    case '!_':
      return not(compile(ast.args));
    case '?:':
      return choice(compile(ast.args[0]), compile(ast.args[1]), compile(ast.args[2]));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in': {
      const right = ast.args[1];
      const left = compile(ast.args[0]);
      if (ast.op === 'in' && right.op === 'list') {
        const literals = right.args.map((element) => compile(element).constant);
        if (!literals.includes(undefined)) return literalMembership(left, literals);
      }
      return comparison(ast.op, left, compile(right));
    }
    case '+': {
      const left = compile(ast.args[0]);
      if (left.type.is === 'list') spendJoin(context.cost, ast);
      return plus(left, compile(ast.args[1]));
    }
    case '-':
      return minus(compile(ast.args[0]), compile(ast.args[1]));
    case '*':
      return times(compile(ast.args[0]), compile(ast.args[1]));
    case '-_':
      return negative(compile(ast.args));
    case 'call':
      return callNode(ast.args[0], ast.args[1], context);
    case 'rcall':
      return macro(ast.args[0], ast.args[1], ast.args[2], context);
    default:
      throw new ExpressionFault(
        `the operator ${ast.op} is not offered`,
        'use comparisons, logic, + - *, lists, the functions of the methodology reference',
      );
  }
}

function name(id: string, context: Context): Node {
  const local = context.locals.get(id);
  if (local !== undefined) {
    const { slot, type, course } = local;
    return { type, course, run: (env) => env.locals[slot] };
  }
  const binding = context.scope.names.get(id);
  if (binding !== undefined) {
    for (const key of binding.reads) context.reads.add(key);
    return binding.node;
  }
  return definition(id, [], context);
}

/** A definition is compiled anew where it is used, its parameters as local variables. */
export function definition(id: string, args: readonly Node[], context: Context): Node {
  const defined = context.scope.definitions.get(id);
  if (defined === undefined) {
    throw new ExpressionFault(`'${id}' is not known here`, 'correct the name');
  }
  if (context.depth >= MAX_DEPTH) {
    throw new ExpressionFault(`'${id}' refers to itself`, 'break the cycle of definitions');
  }
  const first = context.slots;
  const locals = new Map(
    defined.params.map(([param, type], i) => [param, { slot: first + i, type }] as const),
  );
  const body = compileSource(defined.source, {
    ...context,
    locals,
    slots: first + args.length,
    depth: context.depth + 1,
    cost: ofDefinition(context.cost, args.length > 0),
  });
  if (args.length === 0) return shared(id, body, context);
  const runs = args.map((arg) => arg.run);
  const { run } = body;
  const [only] = runs;
  if (only !== undefined && runs.length === 1) {
    return {
      type: body.type,
      run: (env) => {
        env.locals[first] = only(env);
        return run(env);
      },
    };
  }
  return {
    type: body.type,
    run: (env) => {
      // All arguments first: one of them may call a definition that uses the same slots.
      const values = runs.map((arg) => arg(env));
      for (let i = 0; i < values.length; i += 1) env.locals[first + i] = values[i];
      return run(env);
    },
  };
}

/** A definition without parameters sees no local variable: its value is the same wherever it stands. */
function shared(id: string, body: Node, { cells }: Context): Node {
  if (body.constant !== undefined) return body;
  const cell = cells.get(id) ?? newCell();
  cells.set(id, cell);
  return { ...body, run: once(body.run, cell) };
}
