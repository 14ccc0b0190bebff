import { readMethodology } from './methodology-file';
import { renderSummary, type CustomerPath, type RunSummary } from './summary';

const { grades, items, direct } = readMethodology('cn-aml-bank').document;

const path = (first: number, last: number, more: Partial<CustomerPath> = {}): CustomerPath => ({
  first,
  last,
  firstScore: '22.2',
  lastScore: '22.2',
  reasons: [],
  ...more,
});

const summary = (customers: Iterable<readonly [string, CustomerPath]>): RunSummary => ({
  grades,
  titles: { items, ...(direct === undefined ? {} : { direct }) },
  customers: new Map(customers),
  counts: {
    events: 60_000,
    duplicates: 12,
    late: 3,
    refused: 1,
    gradeChanges: 2_345,
    withoutRating: 4,
  },
});

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim());

describe('the end summary', () => {
  it('shows customers per grade with a bar, a single one too', () => {
    const many = Array.from({ length: 99 }, (_, n) => [`c${n}`, path(1, 1)] as const);
    const text = lines(renderSummary(summary([...many, ['x', path(1, 5)]])));
    expect(text).toContain(`1  low      99  99.0%  ${'#'.repeat(30)}`);
    expect(text).toContain('5  high      1   1.0%  #');
    expect(text).toContain('3  average   0   0.0%');
  });

  it('shows migrations from the first grade to the last', () => {
    const text = renderSummary(
      summary([
        ['a', path(1, 1)],
        ['b', path(1, 5)],
        ['c', path(1, 5)],
        ['d', path(5, 2)],
      ]),
    );
    expect(lines(text)).toContain('1     1     .     .     .     2');
    expect(lines(text)).toContain('5     .     1     .     .     .');
  });

  it('names ten movers, the largest difference of grades first, then of scores', () => {
    const small = Array.from({ length: 12 }, (_, n) => [`s${n + 10}`, path(1, 2)] as const);
    const text = lines(
      renderSummary(
        summary([
          ...small,
          ['stays', path(3, 3, { firstScore: '34.0', lastScore: '41.8' })],
          ['falls', path(5, 1)],
          ['jumps', path(2, 5, { firstScore: '26.0', lastScore: '30.0' })],
          ['leaps', path(2, 5, { firstScore: '26.0', lastScore: '54.0' })],
        ]),
      ),
    );
    const movers = text.filter((line) => /^\w+ {2}\d -> \d/.test(line));
    expect(movers).toHaveLength(10);
    expect(movers.slice(0, 4)).toEqual([
      'falls  5 -> 1  (22.2 to 22.2)',
      'leaps  2 -> 5  (26.0 to 54.0)',
      'jumps  2 -> 5  (26.0 to 30.0)',
      's10  1 -> 2  (22.2 to 22.2)',
    ]);
  });

  it('gives reasons in words, with the titles of the methodology', () => {
    const reasons = [
      { code: 'X-H4', from: 0, to: 1 },
      { code: 'X-L0', from: 1, to: 0 },
      { code: 'C4', from: 1, to: 5 },
      { code: 'C5', from: null, to: 3 },
      { code: 'X-UNKNOWN', from: 1, to: 0 },
    ];
    const one = summary([['a', path(1, 5, { reasons })]]);
    const text = lines(renderSummary(one));
    expect(text).toContain('X-H4 at least 2 STRs in 730 days: holds now');
    expect(text).toContain('X-L0 direct lowest grade: holds no more');
    expect(text).toContain('C4 Record of transaction monitoring: 1 -> 5');
    expect(text).toContain('C5 Ownership and control structure: - -> 3');
    expect(text).toContain('X-UNKNOWN: holds no more');
    expect(lines(renderSummary(one, 'zh'))).toContain('C4 反洗钱交易监测记录: 1 -> 5');
  });

  it('counts events, duplicates, late and refused ones, changes and the unrated', () => {
    const text = lines(renderSummary(summary([])));
    expect(text).toEqual(
      expect.arrayContaining([
        '60,000  events',
        '12  duplicates',
        '3  late, without effect',
        '1  refused',
        '2,345  grade changes',
        '4  customers without rating',
        'No grade moved.',
      ]),
    );
  });

  it('aligns Chinese titles, which take two columns each', () => {
    const text = renderSummary(summary([['a', path(1, 1)]]), 'zh').split('\n');
    expect(text).toContain(`  1  低风险    1  100.0%  ${'#'.repeat(30)}`);
    expect(text).toContain('  2  较低风险  0    0.0%');
  });
});
