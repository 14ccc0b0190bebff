import type { ASTNode } from '@marcbachmann/cel-js';
import { ExpressionFault } from './expression-fault';
import { isList, type Env, type Node, type Value } from './node';

/**
 * What evaluating an expression costs, estimated when it is compiled: a node counts once, in a loop over
 * a list of the customer's as often as such a list is long. What costs more than an evaluation may is
 * refused when the document is loaded; while ratings are made nothing is counted.
 */
export interface Cost {
  /** How often a node counts here. */
  readonly turns: number;
  /** Loops over lists of the customer's that surround the node. */
  readonly loops: number;
  /** Whether lists are bounded here: within the turn of a loop. */
  readonly isBounded: boolean;
  readonly budget: Budget;
}

/** What is left, of one expression and of all expressions of a document's part. */
interface Budget {
  expression: number;
  readonly all: { left: number };
}

const EXPRESSION_MAX = 2 ** 17;
const ALL_MAX = 2 ** 21;
/** Turns of a loop over a list of the customer's: of the outer one, of the inner one. */
const TURNS: readonly number[] = [50, 20];
/** A definition is read and checked anew where it is used. */
const DEFINITION = 20;
/** So many characters of a text cost as much as a node. */
const CHARACTERS = 8;
/** A list that is put together is copied. */
const JOIN = 100;

/** Longest text of an expression, characters; longest chains are as deep as that when they run. */
export const SOURCE_LENGTH_MAX = 20_000;
/**
 * Longest list in a loop over another one, elements: a longer one is unknown there. So a rating takes no
 * more than so many steps for each element of the outer list.
 */
export const INNER_LENGTH_MAX = 2 ** 8;
/** Longest list that is put together, elements; a longer one is unknown. */
export const JOINED_LENGTH_MAX = 2 ** 20;

/** For the expressions of one compiler. */
export function costs(): () => Cost {
  const all = { left: ALL_MAX };
  return () => ({
    turns: 1,
    loops: 0,
    isBounded: false,
    budget: { expression: EXPRESSION_MAX, all },
  });
}

/** @throws ExpressionFault when more is spent than there is */
function spend({ budget }: Cost, units: number): void {
  budget.expression -= units;
  budget.all.left -= units;
  if (budget.expression < 0) {
    throw new ExpressionFault(
      'evaluating it would cost too much',
      'use definitions less often in one another, and fewer conditions in a loop',
    );
  }
  if (budget.all.left < 0) {
    throw new ExpressionFault(
      'evaluating all expressions up to this one would cost too much',
      'shorten the document',
    );
  }
}

export const spendNode = (cost: Cost): void => spend(cost, cost.turns);

/** Of a text that is read, checked and compiled. @throws ExpressionFault when it is too long */
export function spendText(cost: Cost, text: string): void {
  if (text.length > SOURCE_LENGTH_MAX) {
    throw new ExpressionFault(
      `the expression has more than ${SOURCE_LENGTH_MAX} characters`,
      'give parts of it a name under define, or keep values in a list',
    );
  }
  spend(cost, DEFINITION + text.length / CHARACTERS);
}

/** A definition without parameters is calculated once, whatever loop it stands in. */
export const ofDefinition = (cost: Cost, hasParameters: boolean): Cost =>
  hasParameters ? cost : { ...cost, isBounded: false };

/** @throws ExpressionFault in a loop, of lists that may be long: each turn would make a copy */
export function spendJoin(cost: Cost, list: ASTNode): void {
  if (cost.loops > 0 && writtenLength(list) === undefined) {
    throw new ExpressionFault('lists are put together in a loop', 'put them together before it');
  }
  spend(cost, JOIN * cost.turns);
}

/** The cost in a loop over a list. @throws ExpressionFault for a loop too many */
export function inLoop(cost: Cost, list: ASTNode): Cost {
  const written = writtenLength(list);
  if (written !== undefined) return { ...cost, turns: cost.turns * Math.max(1, written) };
  const turns = TURNS[cost.loops];
  if (turns === undefined) {
    throw new ExpressionFault(
      'a loop in a loop in a loop would cost too much',
      'take two at most into one another',
    );
  }
  return { ...cost, turns: cost.turns * turns, loops: cost.loops + 1, isBounded: true };
}

/** Most elements of a list that is written out; undefined: it is one of the customer's. */
function writtenLength(list: ASTNode): number | undefined {
  if (list.op === 'list') return list.args.length;
  if (list.op === 'rcall') return writtenLength(list.args[1]);
  if (list.op !== '+') return undefined;
  const [left, right] = list.args.map(writtenLength);
  return left === undefined || right === undefined ? undefined : left + right;
}

/** A list in a loop is no longer than it may be there. */
export function bounded(node: Node, { isBounded }: Cost): Node {
  if (!isBounded || node.type.is !== 'list') return node;
  const { run } = node;
  return {
    ...node,
    run: (env: Env): Value => {
      const value = run(env);
      return isList(value) && value.length > INNER_LENGTH_MAX ? undefined : value;
    },
  };
}
