import { compiler } from './compile';
import { compile, faultOf, scopeOf, value } from './expression.fixture';
import type { Value } from './node';

const T = true;
const F = false;
const U = undefined;

describe('unknown is not false', () => {
  it.each<[Value, Value, Value, Value]>([
    [T, T, T, T],
    [T, F, F, T],
    [T, U, U, T],
    [F, T, F, T],
    [F, F, F, F],
    [F, U, F, U],
    [U, T, U, T],
    [U, F, F, U],
    [U, U, U, U],
  ])('%s and %s is %s, or is %s', (p, q, and, or) => {
    expect([value('p && q', { p, q }), value('p || q', { p, q })]).toEqual([and, or]);
    expect(value('bothOf(p, q)', { p, q })).toBe(and);
    expect(value('[p, q].all(x, x)', { p, q })).toBe(and);
    expect(value('[p, q].exists(x, x)', { p, q })).toBe(or);
  });

  it.each([
    'a < b',
    'a <= b',
    'a > b',
    'a >= b',
    'a == b',
    'a != b',
    's == t',
    's != t',
    'p == q',
    'a in [b]',
  ])('a comparison with what is absent is unknown: %s', (source) => {
    for (const stated of [{}, { a: 1, s: 'x', p: true }, { b: 1, t: 'x', q: true }]) {
      expect(value(source, stated)).toBeUndefined();
    }
    expect(typeof value(source, { a: 1, b: 1, s: 'x', t: 'x', p: true, q: true })).toBe('boolean');
  });

  it.each<[string, Value]>([
    ['!p', undefined],
    ['!!p', undefined],
    ['a + 1', undefined],
    ['a * 0', undefined],
    ['-a', undefined],
    ['s + "x"', undefined],
    ['p ? 1 : 1', undefined],
    ['max(a, 1)', undefined],
    ['max([1, a])', undefined],
    ['sum([1, a])', undefined],
    ['s in ["x"]', undefined],
    ['fullYears(born)', undefined],
    ['fullMonths(born) >= 0', undefined],
    ['age24h(seen) >= 0', undefined],
    ['level("risk", s, "level")', undefined],
    ['longestPrefix("prefixes", s)', undefined],
    ['listed("risk", s)', undefined],
    ['itemScore("C7")', undefined],
    ['share(a, 100, 20)', undefined],
    ['nationality.exists(n, n == "XA")', undefined],
    ['nationality.all(n, n == "XA")', undefined],
    ['size(nationality) > 0', undefined],
    ['domicile.country == "CN"', undefined],
    ['count([p, q, true])', 1],
    ['has(a)', false],
    ['has(a) && a > 0', false],
    ['!has(a) || a > 0', true],
    ['orElse(p, false)', false],
    ['orElse(a, 7)', 7],
    ['orElse(a, b)', undefined],
    ['linkHit("B2.1")', false],
    ['false && p', false],
    ['true || p', true],
    ['parties.exists(x, x.controlListed)', false],
    ['has(parties)', false],
    ['size(places)', 0],
    ['max([])', undefined],
    ['sum([])', 0],
  ])('with nothing stated %s is %s', (source, expected) => {
    expect(value(source)).toBe(expected);
  });

  it('asks has() of a field too, and of an explicit false', () => {
    const parties = [{ role: 'owner', controlListed: false }, { role: 'x' }];
    expect(value('parties.map(x, has(x.controlListed))', { parties })).toEqual([true, false]);
    expect(value('has(p)', { p: false })).toBe(true);
    expect(value('has(expectedBusiness)', { expectedBusiness: [] })).toBe(true);
    expect(value('has(parties)', { parties: [] })).toBe(true);
  });

  it('takes lists from their elements: rows, default rows, longest prefixes', () => {
    expect(value('level("risk", "XA", "level") + level("risk", "??", "level")')).toBe(4);
    expect(value('flag("risk", "XA", "bad")')).toBe(true);
    expect(
      value(
        '[longestPrefix("prefixes", "F518"), longestPrefix("prefixes", "F52"), longestPrefix("prefixes", "A")]',
      ),
    ).toEqual([4, 2, 1]);
  });

  it('keeps the variables of definitions and comprehensions apart, also nested', () => {
    expect(value('[1, 2].map(n, thrice(n) + sum([10, 20].map(m, m + n + twice(n))))')).toEqual([
      39, 48,
    ]);
    expect(
      value('[1, 2].exists(x, [3].exists(y, [4].exists(x, x == 4) && x == 2 && y == 3))'),
    ).toBe(true);
    expect(value('later + twice(later)', { a: 2 })).toBe(9);
  });

  it('finds the greatest of negative numbers, such as days before 1970', () => {
    expect(value('max([-5, -3, -9])')).toBe(-3);
    expect(value('max(-5, -3)')).toBe(-3);
    expect(value('min(-5, -3)')).toBe(-5);
  });
});

describe('what an expression reads', () => {
  it('is what it names, through definitions too, and nothing else', () => {
    expect(
      [...compile('later > 1 && linkHit("B2.1") || itemScore("C7") == 1 && has(s)').reads].sort(),
    ).toEqual(['a:a', 'a:s', 'i:C7', 'l:B2.1']);
    expect([...compile('places.exists(x, x.country == "CN")').reads].sort()).toEqual(
      ['businessPlace', 'domicile', 'nationality', 'parties', 'registration'].map(
        (name) => `a:${name}`,
      ),
    );
  });
});

describe('a fault of an expression is found at load', () => {
  it.each([
    ['chanel == "counter"', "Unknown variable: chanel; did you mean 'channel'?"],
    ['latter > 1', "did you mean 'later'?"],
    ['zzzzzzzzzz > 1', 'use an attribute of the dictionary'],
    ['channel == "countr"', "'countr' is not among its allowed values; use one of counter"],
    ['"countr" == channel', "'countr' is not among its allowed values"],
    ['channel in ["counter", "vidio"]', "'vidio' is not among its allowed values"],
    ['mood != "sad"', "'sad' is not among its allowed values; use one of calm, angry"],
    ['orElse(mood, "") == "sad"', "'sad' is not among"],
    ['parties.exists(x, x.pepStatus == "king")', "'king' is not among"],
    ['parties.exists(x, x.role == x.roll)', 'roll'],
    ['fullYears(seen) > 1', 'fullYears takes a day; use age24h() for instants'],
    ['fullMonths(relationshipStart) > 1', 'fullMonths takes a day'],
    ['age24h(birthDate) > 1', 'age24h takes an instant; use fullMonths()'],
    ['fullYears(a) > 1', 'fullYears takes a day'],
    ['a', 'no fault'],
    ['a == "x"', 'no such overload'],
    ['a > 1.5', 'only integers, strings, true and false are literals'],
    ['s < t', 'strings have no order here'],
    ['1.5 == 1.5', 'only integers, strings, true and false are literals'],
    ['a / 2 > 1', 'the operator / is not offered'],
    ['a % 2 == 1', 'the operator % is not offered'],
    ['s.startsWith("x")', 'startsWith is not offered'],
    ['[1].exists_one(x, x == 1)', 'exists_one is not offered'],
    ['level("risks", s, "level") > 1', "no list 'risks'; add it under lists, or use one of risk"],
    ['level("risk", s, "lvl") > 1', "no row of the list has 'lvl'"],
    ['level("risk", s, "bad") > 1', "'bad' is no number in every row"],
    ['flag("risk", s, "level")', "'level' is no boolean in every row"],
    ['level(s, s, "level") > 1', 'list must be a literal'],
    ['itemScore("C77") > 1', "no item 'C77'"],
    ['linkHit("B9")', "no link pattern 'B9'; use one of B2.1"],
    ['at(nationality, "x") > 1', 'at() takes a feature grouped by one field'],
    ['domicile == registration', 'no such overload: Place == Place'],
    ['a >', 'not valid CEL'],
    ['bothOf(p)', 'bothOf'],
    ['nothing(p)', 'nothing'],
  ])('%s: %s', (source, fault) => {
    expect(faultOf(source)).toContain(fault);
  });

  it('a definition that refers to itself, or to one that has a fault, is one too', () => {
    expect(() => scopeOf({ x: { is: 'y' }, y: { is: 'x' } })).toThrow('Unknown variable');
    expect(() => scopeOf({ x: { is: 'x + 1' } })).toThrow('Unknown variable');
    expect(
      faultOf('one == 2', compiler(scopeOf({ two: { is: 'one + 1' }, one: { is: '1' } }))),
    ).toBe('no fault');
  });
});
