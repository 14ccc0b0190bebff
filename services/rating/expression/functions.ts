import { add, hasShare, type Exact } from '../exact';
import { isExact, isList, type Value } from './node';

/** What each function on offer does; `has` and `size` come with CEL itself. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  has: 'whether the attribute or field is known',
  orElse: 'the first, or the second where the first is unknown',
  fullYears: 'full calendar years from the day to today, 0 at least',
  fullMonths: 'full calendar months from the day to today, 0 at least',
  age24h: 'whole 24 hours from the instant to now, 0 at least',
  level:
    'integer field of the row of a list: level(list, key, field); the default row where not listed',
  flag: 'bool field of the row of a list: flag(list, key, field)',
  listDay: 'day in the row of a list: listDay(list, key, field); unknown where absent',
  listed: 'whether the list has the key: listed(list, key)',
  longestPrefix: 'value of the longest key of the list that the code begins with',
  share: 'whether part is at least percent of total, exact; false where total is 0',
  prefix: 'the first n characters',
  itemScore: 'the score of another item, by its id',
  linkHit: 'whether a pattern across customers is hit, by its id; false before any fact',
  max: 'the greatest of a list of integers, or of two',
  min: 'the lesser of two',
  sum: 'the sum of a list of integers, 0 for none',
  count: 'how many of the list are true; unknown is not counted',
  at: 'value of one group of a feature grouped by one field, 0 where there is none; of a list of groups, each once: their sum',
  size: 'length of a list or text',
};

/** Methods of lists. */
export const METHODS: Readonly<Record<string, string>> = {
  'list.exists(x, condition)': 'whether the condition is true for any',
  'list.all(x, condition)': 'whether the condition is true for all',
  'list.filter(x, condition)': 'those for which the condition is true',
  'list.map(x, value)': 'the value of each',
};

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
  'at(list<dyn>, list<string>): int',
];

type Plain = (a: Value, b: Value, c: Value) => Value;

const fold =
  (step: (a: Exact, b: Exact) => Exact, none: Exact | undefined) =>
  (values: Value): Value => {
    if (!isList(values)) return undefined;
    let result = none;
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i];
      if (!isExact(value)) return undefined;
      result = result === undefined ? value : step(result, value);
    }
    return result;
  };

function countTrue(values: Value): Value {
  if (!isList(values)) return undefined;
  let n = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i] === true) n += 1;
  return n;
}

/** The greatest of a list: unknown for an empty one; days may be negative. */
export const greatest = fold((a, b) => (b > a ? b : a), undefined);

/** Functions of their arguments alone; unknown in, unknown out, unless it says otherwise. */
export const PLAIN_FUNCTIONS: Readonly<Record<string, Plain>> = {
  max: (a, b) => (isExact(a) && isExact(b) ? (a > b ? a : b) : undefined),
  min: (a, b) => (isExact(a) && isExact(b) ? (a < b ? a : b) : undefined),
  sum: fold(add, 0),
  /** How many are true; what is unknown is not counted. */
  count: countTrue,
  share: (part, whole, percent) =>
    isExact(part) && isExact(whole) && isExact(percent)
      ? hasShare(part, whole, percent)
      : undefined,
  prefix: (text, n) =>
    typeof text === 'string' && typeof n === 'number' ? text.slice(0, n) : undefined,
  size: (of) => (typeof of === 'string' || isList(of) ? of.length : undefined),
};
