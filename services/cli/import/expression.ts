import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import type { Fault } from '@tidemark/rating/methodology/faults';
import { exchanged, moneyOf, PLAIN_DECIMAL, type Reading } from './decimal';
import type { Scalar, Translation } from './mapping';
import { contextOf, refuse, type Columns, type ReadField } from './row';
import { dayFormat, timeFormat, type CompiledFormat } from './time-format';
import type { TimeZone } from './time-zone';

/** The CEL of a mapping: `row.NAME` (text), `line`, `file`, and the helper functions below. */
export interface Expressions {
  readonly compile: (use: ExpressionUse) => CompiledExpression | undefined;
}

export interface ExpressionUse {
  readonly source: string;
  /** JSON pointer of the expression in the document. */
  readonly path: string;
  /** Field of the record that it gives, for messages about a row. */
  readonly field: string;
  readonly columns: Columns;
  /** True for a condition. */
  readonly isCondition: boolean;
}

export interface CompiledExpression {
  readonly read: ReadField;
  /** Places of the columns that it reads. */
  readonly cells: readonly number[];
}

/** Raised in a helper; the reason is kept aside, as the evaluator's own message may quote a cell. */
class HelperRefusal extends Error {}

export function expressions(
  zone: TimeZone | undefined,
  translations: Readonly<Record<string, Translation>>,
  faults: Fault[],
): Expressions {
  const last: { reason: string | undefined } = { reason: undefined };
  const env = environment(zone, translations, (reason) => {
    last.reason = reason;
    throw new HelperRefusal(reason);
  });
  return {
    compile: ({ source, path, field, columns, isCondition }) => {
      const fault = (problem: string, remedy: string): undefined => {
        faults.push({ path, rule: null, problem, remedy });
        return undefined;
      };
      const checked = parsed(env, source);
      if (typeof checked === 'string') return fault(checked, 'correct the expression');
      const { evaluate, ast, type } = checked;
      const costly = costlyPart(ast, 0);
      if (costly !== undefined) return fault(costly, 'write it with contains, startsWith or ==');
      const names = columnsIn(ast);
      if (names === undefined) {
        return fault('row is used as a whole', "name each column: row.NAME or row['NAME']");
      }
      if (isCondition && type !== 'bool' && type !== 'dyn') {
        return fault(`the condition is of type ${type}`, 'give true or false');
      }
      if (type === 'double') {
        return fault('the expression gives a double', 'give whole minor units, e.g. with money()');
      }
      const cells = names.map(columns.use);
      const read: ReadField = (row) => {
        last.reason = undefined;
        try {
          const value = plain(evaluate(contextOf(row, columns)));
          if (!isCondition || typeof value === 'boolean') return value;
          return refuse(row, field, cells, 'the condition gives neither true nor false');
        } catch (error) {
          const reason = error instanceof Inexact ? error.message : last.reason;
          return refuse(row, field, cells, reason ?? 'the expression cannot be evaluated here');
        }
      };
      return { read, cells };
    },
  };
}

interface Parsed {
  readonly evaluate: (context: Record<string, unknown>) => unknown;
  readonly ast: ASTNode;
  readonly type: string;
}

function parsed(env: Environment, source: string): Parsed | string {
  try {
    const evaluate = env.parse(source);
    const { valid, type, error } = evaluate.check();
    if (!valid) return firstLine(error);
    return { evaluate, ast: evaluate.ast, type: type ?? 'dyn' };
  } catch (error) {
    return firstLine(error);
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** Columns that an expression names, or undefined when it uses `row` in another way. */
function columnsIn(ast: ASTNode): readonly string[] | undefined {
  const names: string[] = [];
  const visit = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.every(visit);
    if (!isNode(value)) return true;
    if (value.op === 'id') return value.args !== 'row';
    if (value.op === '.' || value.op === '[]') {
      const [holder, key] = value.args;
      if (holder.op === 'id' && holder.args === 'row') {
        const column = typeof key === 'string' ? key : key.op === 'value' ? key.args : undefined;
        if (typeof column !== 'string') return false;
        names.push(column);
        return true;
      }
    }
    return visit(value.args);
  };
  return visit(ast) ? [...new Set(names)] : undefined;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** Longest nesting of loops. */
const LOOPS_MAX = 2;
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/** What a cell could be written for, so that one row takes for ever. */
function costlyPart(value: unknown, loops: number): string | undefined {
  if (Array.isArray(value)) {
    for (const part of value) {
      const found = costlyPart(part, loops);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isNode(value)) return undefined;
  if (value.op !== 'rcall') return costlyPart(value.args, loops);
  const [method, target, args] = value.args;
  if (method === 'matches')
    return 'matches is not offered: there are texts that it does not end on';
  const inner = LOOPS.has(method) ? loops + 1 : loops;
  if (inner > LOOPS_MAX) return 'a loop in a loop in a loop would cost too much';
  return costlyPart(target, loops) ?? costlyPart(args, inner);
}

class Inexact extends Error {}

/** A CEL value as JSON. */
function plain(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint': {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw new Inexact('the integer cannot be kept exactly');
      return number;
    }
    case 'number':
      throw new Inexact('the expression gives a double; give whole minor units');
    case 'object':
      if (value === null) return undefined;
      if (Array.isArray(value)) return value.map(plain);
      return Object.fromEntries(
        (value instanceof Map ? [...value] : Object.entries(value))
          .map(([key, inner]) => [String(key), plain(inner)] as const)
          .filter(([, inner]) => inner !== undefined),
      );
    default:
      return value;
  }
}

const FORMATS_MAX = 1000;

function environment(
  zone: TimeZone | undefined,
  translations: Readonly<Record<string, Translation>>,
  fail: (reason: string) => never,
): Environment {
  const whole = (reading: Reading): bigint =>
    typeof reading === 'string' ? fail(reading) : BigInt(reading);
  const formats = new Map<string, CompiledFormat>();
  const formatted = (kind: 'day' | 'time', text: string, format: string): bigint => {
    const key = `${kind} ${format}`;
    const style = { format, zone, overlap: 'refuse' } as const;
    const known = formats.get(key) ?? (kind === 'day' ? dayFormat(style) : timeFormat(style));
    if (formats.size < FORMATS_MAX) formats.set(key, known);
    return known.ok ? whole(known.read(text)) : fail(`${known.problem}; ${known.remedy}`);
  };
  const tables = new Map(
    Object.entries(translations).map(([name, table]) => [name, new Map(Object.entries(table))]),
  );
  const translated = (name: string, text: string): Scalar => {
    const table = tables.get(name) ?? fail('the translation is none of the mapping');
    return table.get(text) ?? fail('the text is not in the translation');
  };
  return new Environment({ unlistedVariablesAreDyn: false })
    .registerVariable('row', 'map<string, string>')
    .registerVariable('line', 'int')
    .registerVariable('file', 'string')
    .registerFunction('money(string, string): int', (text: string, currency: string) =>
      whole(moneyOf(text, currency, PLAIN_DECIMAL)),
    )
    .registerFunction('moneyHalfUp(string, string): int', (text: string, currency: string) =>
      whole(moneyOf(text, currency, { ...PLAIN_DECIMAL, halfUp: true })),
    )
    .registerFunction(
      'exchangeHalfUp(int, string, string, string): int',
      (amount: bigint, from: string, to: string, rate: string) =>
        whole(exchanged(amount, from, to, rate)),
    )
    .registerFunction('day(string, string): int', (text: string, format: string) =>
      formatted('day', text, format),
    )
    .registerFunction('time(string, string): int', (text: string, format: string) =>
      formatted('time', text, format),
    )
    .registerFunction('abs(int): int', (value: bigint) => (value < 0n ? -value : value))
    .registerFunction(
      'replace(string, string, string): string',
      (text: string, a: string, b: string) => text.replaceAll(a, b),
    )
    .registerFunction('translate(string, string): string', (name: string, text: string) =>
      String(translated(name, text)),
    );
}
