import { add, hasShare, type Exact } from '../exact';
import { isExact, isList, type Value } from './node';

/** CEL signatures of all functions on offer, for the type checker. */
export const SIGNATURES: readonly string[] = [
  'known(dyn): bool',
  'orElse(int, int): int',
  'orElse(bool, bool): bool',
  'orElse(string, string): string',
  'orElse(list<string>, list<string>): list<string>',
  'fullYears(int): int',
  'fullMonths(int): int',
  'age24h(int): int',
  'level(string, string, string): int',
  'flag(string, string, string): bool',
  'listDay(string, string, string): int',
  'listed(string, string): bool',
  'longestPrefix(string, string): int',
  'share(int, int, int): bool',
  'prefix(string, int): string',
  'itemScore(string): int',
  'linkHit(string): bool',
  'max(list<int>): int',
  'max(int, int): int',
  'min(int, int): int',
  'sum(list<int>): int',
  'count(list<bool>): int',
  'at(list<dyn>, string): int',
];

type Plain = (args: readonly Value[]) => Value;

const fold =
  (step: (a: Exact, b: Exact) => Exact) =>
  (values: Value): Value => {
    if (!isList(values)) return undefined;
    let result: Exact = 0;
    for (const value of values) {
      if (!isExact(value)) return undefined;
      result = step(result, value);
    }
    return result;
  };

const greatest = fold((a, b) => (b > a ? b : a));
const total = fold(add);

/** Functions of their arguments alone; unknown in, unknown out, unless it says otherwise. */
export const PLAIN_FUNCTIONS: Readonly<Record<string, Plain>> = {
  max: (args) => {
    const [a, b] = args;
    if (args.length === 1) return greatest(a);
    return isExact(a) && isExact(b) ? (a > b ? a : b) : undefined;
  },
  min: ([a, b]) => (isExact(a) && isExact(b) ? (a < b ? a : b) : undefined),
  sum: ([values]) => total(values),
  /** How many are true; what is unknown is not counted. */
  count: ([values]) =>
    isList(values) ? values.reduce<number>((n, v) => (v === true ? n + 1 : n), 0) : undefined,
  share: ([part, whole, percent]) =>
    isExact(part) && isExact(whole) && isExact(percent)
      ? hasShare(part, whole, percent)
      : undefined,
  prefix: ([text, n]) =>
    typeof text === 'string' && typeof n === 'number' ? text.slice(0, n) : undefined,
  size: ([of]) => (typeof of === 'string' || isList(of) ? of.length : undefined),
};
