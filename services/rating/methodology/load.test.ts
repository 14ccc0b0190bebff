import { MS_PER_DAY } from '../calendar';
import { NOON, recordOf, shippedDocument, shippedFramework, step } from '../customer.fixture';
import { focus } from '../grading/evaluate';
import type { MethodologyDocument } from './document';
import { loadMethodology } from './load';
import type { Methodology } from './methodology';

const framework = shippedFramework('cn-2013-2');

/** The shipped document as plain data that a test may change. */
interface Draft {
  levels: number;
  timeZone: string;
  grades: Record<string, unknown>;
  segments: Record<string, string>;
  items: Record<string, Record<string, unknown>>;
  features: Record<string, Record<string, unknown>>;
  define: Record<string, unknown>;
  attributes: Record<string, unknown>;
  lists: Record<string, { rows: Record<string, unknown> }>;
  direct: { highest: { rule: string; when: string }[]; lowest: { when: string } };
  bands: { grade: number; from: number }[];
  caps: unknown[];
}

function loaded(edit: (draft: Draft) => void): ReturnType<typeof loadMethodology> {
  const document: unknown = { attributes: {}, ...shippedDocument('cn-aml-bank') };
  edit(document as Draft);
  return loadMethodology(document as MethodologyDocument, framework);
}

/** All faults as `path rule problem`; every one says what to do. */
function faults(edit: (draft: Draft) => void): string[] {
  const result = loaded(edit);
  if (result.ok) return [];
  for (const { remedy, problem } of result.faults)
    expect([problem, remedy].every((text) => text.length > 3)).toBe(true);
  return result.faults.map(({ path, rule, problem }) => `${path} ${rule} ${problem}`);
}

function methodologyOf(edit: (draft: Draft) => void): Methodology {
  const result = loaded(edit);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.methodology;
}

const item = (draft: Draft, id: string): Record<string, unknown> => {
  const found = draft.items[id];
  if (found === undefined) throw new Error(id);
  return found;
};
const weigh =
  (id: string, np: number): ((draft: Draft) => void) =>
  (draft) => {
    item(draft, id)['weight'] = { ...(item(draft, id)['weight'] as object), NP: np };
  };
const score =
  (form: unknown): ((draft: Draft) => void) =>
  (draft) => {
    item(draft, 'C2')['score'] = form;
  };
const band =
  (grade: number, from: number): ((draft: Draft) => void) =>
  (draft) => {
    draft.bands = draft.bands.map((of) => (of.grade === grade ? { grade, from } : of));
  };

describe('a document', () => {
  it('that is shipped is loaded, with its framework or without', () => {
    expect(faults(() => undefined)).toEqual([]);
    expect(loadMethodology(shippedDocument('trade-credit-aaa-c')).ok).toBe(true);
    expect(loadMethodology(shippedDocument('cn-aml-bank')).ok).toBe(true);
  });

  it('with several faults gets them all together, each with path, rule, problem and remedy (W-2, W-6, W-8)', () => {
    const found = faults((draft) => {
      weigh('C7', 4)(draft);
      score({ cases: [{ score: 6 }] })(draft);
      band(3, 26)(draft);
      item(draft, 'C1')['required'] = 'has(infoOpeness)';
    });
    expect(found).toEqual([
      '/items W-2 the weights of NP total 101',
      '/bands/2/from W-8 bands overlap or stand in the wrong order',
      '/items/C1/required E-C1 Unknown variable: infoOpeness',
      '/items/C2/score/cases/0/score W-6 6 is no score',
    ]);
  });
});

describe('weights', () => {
  it.each([
    [2.99, 'total 99.99'],
    [3.01, 'total 100.01'],
    [3.0001, 'total 100.0001'],
  ])('that do not total exactly 100 are refused: C7 %d (W-2)', (weight, problem) => {
    expect(faults(weigh('C7', weight))).toEqual([`/items W-2 the weights of NP ${problem}`]);
  });

  it.each([0, -1, 0.00001])('of %d are refused (W-2)', (weight) => {
    expect(faults(weigh('C7', weight))[0]).toMatch(/^\/items\/C7\/weight\/NP W-2 .* is no weight$/);
  });

  it('as small as 0.01 and 0.0001 are accepted where all total 100 (W-2)', () => {
    for (const small of [0.01, 0.0001]) {
      const edit = (draft: Draft): void => {
        weigh('C7', small)(draft);
        weigh('C6', 11 - small)(draft);
      };
      expect(faults(edit)).toEqual([]);
      const { items, segments } = methodologyOf(edit);
      const sum = items.reduce(
        (total, { weights }) => total + (weights[segments.indexOf('NP')] ?? 0),
        0,
      );
      expect(sum).toBe(100 / small);
    }
  });

  it('of a segment that does not exist are refused (W-2)', () => {
    const edit = (draft: Draft): void =>
      void Object.assign(item(draft, 'C7')['weight'] as object, { XX: 1 });
    expect(faults(edit)).toEqual(["/items/C7/weight/XX W-2 no segment 'XX'"]);
  });
});

describe('grades and bands', () => {
  it('of fewer than 3 grades are refused (W-9)', () => {
    const found = faults((draft) => {
      draft.grades = { 1: draft.grades['1'], 2: draft.grades['2'] };
      draft.bands = draft.bands.slice(0, 2);
    });
    expect(found).toContain('/grades W-9 2 grades, fewer than 3');
  });

  it.each<[string, (draft: Draft) => void, string]>([
    ['a gap at the lower end', band(1, 21), '/bands/0/from W-8 scores from 20 have no grade'],
    ['an overlap', band(3, 25), '/bands/2/from W-8 bands overlap'],
    ['two bands in one place', band(4, 34), '/bands/3/from W-8 bands overlap'],
    ['a grade that no total reaches', band(5, 100.1), '/bands/4 W-8 grade 5 is unreachable'],
    ['a grade below the least total', band(2, 20), '/bands/1/from W-8 bands overlap'],
    [
      'a grade without a band',
      (draft) => draft.bands.splice(2, 1),
      '/bands W-8 grade 3 has no band',
    ],
    [
      'a band of a grade that does not exist',
      (draft) => draft.bands.push({ grade: 6, from: 90 }),
      '/bands/5/grade W-8 no such grade',
    ],
    ['a bound with 5 decimals', band(3, 34.00001), '/bands/2/from W-8 34.00001 is no bound'],
    ['no bands', (draft) => void (draft.bands = []), '/bands/0/from W-8'],
    [
      'a cap at a grade that does not exist',
      (draft) => void (draft.caps = [{ rule: 'X', when: 'true', grade: 6 }]),
      '/caps/0/grade W-8',
    ],
  ])('with %s are refused (W-8)', (_, edit, fault) => {
    expect(faults(edit).some((of) => of.startsWith(fault))).toBe(true);
  });

  it('may begin below 100/m where that does not end as a decimal, and bound the highest grade at 100 (W-7, W-8)', () => {
    expect(faults(band(1, 19.9))).toEqual([]);
    expect(faults(band(5, 100))).toEqual([]);
    expect(faults(band(2, 20.0001))).toEqual([]);
  });

  it('are compared exactly: R = 25.8 is grade 1, 26.0 grade 2, at any scale (W-8)', () => {
    const { bands, scale } = methodologyOf(band(2, 26.0001));
    expect([scale, bands[1]]).toEqual([10_000, { grade: 2, from: 26.0001 * 50_000 }]);
  });
});

describe('scores', () => {
  it.each([0, 6, 1.5, -1])('of %d are refused in every form (W-6)', (wrong) => {
    const forms: [unknown, string][] = [
      [{ cases: [{ score: wrong }] }, 'cases/0/score'],
      [
        { bands: { value: 'staffCount', steps: [{ from: 0, score: wrong }] } },
        'bands/steps/0/score',
      ],
      [{ highest: [{ cases: [{ score: wrong }] }] }, 'highest/0/cases/0/score'],
      [
        { bySegment: { NP: { cases: [{ score: wrong }] }, EN: { value: '1' } } },
        'bySegment/NP/cases/0/score',
      ],
    ];
    for (const [form, path] of forms) {
      expect(faults(score(form))).toEqual([`/items/C2/score/${path} W-6 ${wrong} is no score`]);
    }
    const missing = faults((draft) => void (item(draft, 'C2')['missing'] = { score: wrong }));
    expect(missing).toEqual(['/items/C2/missing W-6 does not say what missing data scores']);
  });

  it('given as a number outside 1 to m are refused (W-6)', () => {
    expect(faults(score({ value: '6' }))).toEqual(['/items/C2/score/value W-6 6 is no score']);
    expect(faults(score({ value: '0' }))).toEqual(['/items/C2/score/value W-6 0 is no score']);
    expect(faults(score({ value: '5' }))).toEqual([]);
  });

  it('are given for every allowed value, and for no other', () => {
    const map = (scores: Record<string, number>): string[] =>
      faults(score({ map: { value: 'kinship ? "a" : "b"', scores } }));
    expect(map({ a: 1, b: 2 })).toEqual([]);
    const found = faults((draft) => {
      const { map: form } = item(draft, 'C2')['score'] as {
        map: { scores: Record<string, number> };
      };
      delete form.scores['video'];
      form.scores['telex'] = 1;
    });
    expect(found).toEqual([
      '/items/C2/score/map/scores/telex E-C2 not an allowed value',
      '/items/C2/score/map/scores E-C2 no score for video',
    ]);
  });

  it.each<[string, unknown, string]>([
    [
      'bands that do not ascend',
      {
        bands: {
          value: 'staffCount',
          steps: [
            { from: 0, score: 1 },
            { from: 0, score: 2 },
          ],
        },
      },
      'bands ascend',
    ],
    ['no bands', { bands: { value: 'staffCount', steps: [] } }, 'no bands'],
    [
      'bands of a text',
      { bands: { value: 'channel', steps: [{ from: 0, score: 1 }] } },
      'gives string, not int',
    ],
    [
      'cases after one that always applies',
      { cases: [{ score: 1 }, { when: 'true', score: 2 }] },
      'cases after it never apply',
    ],
    [
      'a case that is a number',
      { cases: [{ when: 'staffCount', score: 2 }] },
      'gives int, not bool',
    ],
    ['a segment that does not exist', { bySegment: { XX: { value: '1' } } }, 'no such segment'],
  ])('with %s are refused', (_, form, problem) => {
    expect(faults(score(form)).some((fault) => fault.includes(problem))).toBe(true);
  });
});

describe('names', () => {
  it.each<[string, (draft: Draft) => void, string]>([
    [
      'a feature like an attribute',
      (d) => void (d.features['channel'] = { of: 'transactions', count: true, window: '1d' }),
      "/features/channel null the name 'channel' is taken",
    ],
    [
      'a definition like a feature',
      (d) => void (d.define['cash30d'] = { is: '1' }),
      "/define/cash30d null the name 'cash30d' is taken",
    ],
    [
      'a definition like an attribute',
      (d) => void (d.define['today'] = { is: '1' }),
      "/define/today null the name 'today' is taken",
    ],
    [
      'an attribute like one of the dictionary',
      (d) => void (d.attributes['channel'] = { type: 'int' }),
      "/attributes/channel null the name 'channel' is taken",
    ],
    [
      'an attribute like the places',
      (d) => void (d.attributes['places'] = { type: 'int' }),
      "/attributes/places null the name 'places' is taken",
    ],
    [
      'a definition like a function',
      (d) => void (d.define['share'] = { params: { x: 'int' }, is: 'x' }),
      '/define/share null ',
    ],
    [
      'a definition like a function without parameters',
      (d) => void (d.define['max'] = { is: '1' }),
      '/define/max null ',
    ],
    [
      'a parameter like an attribute',
      (d) => void (d.define['f'] = { params: { channel: 'int' }, is: 'channel' }),
      '/define/f',
    ],
    [
      'a feature with a word of the language',
      (d) => void (d.features['in'] = { of: 'transactions', count: true, window: '1d' }),
      '/features/in null ',
    ],
  ])('that are taken are faults, never exceptions: %s', (_, edit, fault) => {
    expect(faults(edit).filter((of) => of.startsWith(fault))).toHaveLength(1);
  });

  it('that are misspelt are faults with a suggestion, wherever they stand', () => {
    const result = loaded((draft) => {
      const highest = draft.direct.highest[4];
      if (highest !== undefined) highest.when = "cddd == 'refused'";
      draft.direct.lowest.when = "residancy == 'resident'";
      draft.segments['NP'] = "customerKnd == 'natural'";
    });
    expect(result.ok ? [] : result.faults.map(({ path, remedy }) => `${path} ${remedy}`)).toEqual([
      "/segments/NP did you mean 'customerKind'?",
      "/direct/highest/4/when did you mean 'cdd'?",
      "/direct/lowest/when did you mean 'residency'?",
    ]);
  });
});

describe('features', () => {
  const feature = (of: Record<string, unknown>): string[] =>
    faults((draft) => void (draft.features['extra1'] = of)).map((fault) =>
      fault.replace('/features/extra1', ''),
    );
  const tx = { of: 'transactions' };
  const risk = { of: 'riskEvents', count: true };

  it.each<[string, Record<string, unknown>, string]>([
    [
      'a window of no day',
      { ...tx, count: true, window: '0d' },
      '/window null the window is out of range',
    ],
    [
      'a window of 398 days',
      { ...tx, count: true, window: '398d' },
      '/window null the window is out of range',
    ],
    [
      'a window that ends too early',
      { ...tx, count: true, window: '368d', before: '30d' },
      '/window null',
    ],
    ['a window without a unit', { ...tx, count: true, window: '30' }, '/window null'],
    [
      'a shift without a unit',
      { ...tx, count: true, window: '30d', before: '5' },
      '/before null not a number of days',
    ],
    [
      'no window over transactions',
      { ...tx, count: true },
      '/window null transactions need a window',
    ],
    ['no measure', { ...tx, window: '30d' }, ' null a window feature has one measure'],
    [
      'two measures',
      { ...tx, count: true, sum: 'amountCny', window: '30d' },
      ' null a window feature has one measure',
    ],
    [
      'a sum of a text',
      { ...tx, sum: 'product', window: '30d' },
      " null 'product' cannot be measured",
    ],
    [
      'a sum of nothing known',
      { ...tx, sum: 'amountCNY', window: '30d' },
      " null 'amountCNY' cannot be measured",
    ],
    [
      'distinct without a cap',
      { ...tx, distinct: 'ip', window: '30d' },
      '/cap null distinct needs a cap',
    ],
    [
      'distinct over a window before',
      { ...tx, distinct: 'ip', cap: 3, window: '30d', before: '1d' },
      '/before null max and distinct end today',
    ],
    [
      'groups by a number',
      { ...tx, count: true, window: '30d', by: ['amount'] },
      " null cannot group by 'amount'",
    ],
    [
      'by and each',
      { ...tx, count: true, window: '30d', by: ['ip'], each: ['ip'] },
      '/each null by and each exclude each other',
    ],
    [
      'a filter that is a number',
      { ...tx, count: true, window: '30d', where: 'amountCny' },
      '/where null',
    ],
    [
      'a filter on the profile',
      { ...tx, count: true, window: '30d', where: "customerKind == 'natural'" },
      '/where null Unknown variable: customerKind',
    ],
    [
      'an age with a window',
      { ...risk, window: '30d', age: '30d' },
      '/age null age belongs to event features',
    ],
    ['groups without a window', { ...risk, by: ['strId'] }, '/by null by needs a window'],
    ['an age without a unit', { ...risk, age: '30' }, '/age null not a number of days'],
    [
      'oncePer and latestPer',
      { ...risk, oncePer: 'strId', latestPer: [] },
      '/latestPer null oncePer and latestPer',
    ],
    ['oncePer of no field', { ...risk, oncePer: 'strID' }, "/oncePer null no field 'strID'"],
    [
      'latestPer of no field',
      { ...risk, latestPer: ['entryID'] },
      "/latestPer null no field 'entryID'",
    ],
    [
      'a filter on what a reversal does not repeat',
      { ...tx, count: true, window: '30d', where: "status == 'booked'" },
      '/where null Unknown variable: status',
    ],
  ])('with %s are refused', (_, of, fault) => {
    expect(feature(of).some((found) => found.startsWith(fault))).toBe(true);
  });

  it('may reach back 397 dates, thirteen months', () => {
    expect(feature({ ...tx, count: true, window: '397d' })).toEqual([]);
    expect(feature({ ...tx, count: true, window: '367d', before: '30d' })).toEqual([]);
  });

  it('that differ in measure or window only share one series', () => {
    const { series } = methodologyOf(() => undefined);
    expect(new Set(series.map(({ key }) => key)).size).toBe(series.length);
    const more = methodologyOf((draft) => {
      draft.features['more'] = {
        of: 'transactions',
        where: " kind  ==\n'cash'",
        max: 'amountCny',
        window: '60d',
      };
    });
    expect(more.series.length).toBe(series.length);
  });

  it('may use variables of their own inside expressions that use some too', () => {
    const methodology = methodologyOf((draft) => {
      draft.features['serious'] = {
        of: 'riskEvents',
        count: true,
        where: "['penalty', 'criminal_record'].exists(k, k == kind)",
      };
      draft.define['both'] = { is: "['a', 'b'].map(x, serious > 0 ? x : 'none')" };
      item(draft, 'C2')['shows'] = 'both';
    });
    const content = { type: 'risk-event', kind: 'penalty' };
    const { state } = step(methodology, undefined, recordOf(content, 'e', NOON), NOON);
    if (state === undefined) throw new Error('no state');
    focus(methodology, state, NOON);
    expect(methodology.items.find(({ name }) => name === 'C2')?.shows?.(methodology.env)).toEqual([
      'a',
      'b',
    ]);
  });

  it('set the horizon: identities are kept as long as the longest window (E-B1)', () => {
    expect(methodologyOf(() => undefined).horizonDays).toBe(210);
    const wide = methodologyOf(
      (d) =>
        void (d.features['wide'] = {
          of: 'transactions',
          count: true,
          window: '367d',
          before: '30d',
        }),
    );
    expect(wide.horizonDays).toBe(397);
  });
});

describe('what refers to something else', () => {
  it.each<[string, (draft: Draft) => void, string]>([
    [
      'an element',
      (d) => void (item(d, 'C2')['element'] = 'custommer'),
      "/items/C2/element E-C2 no element 'custommer'",
    ],
    [
      'a list',
      (d) => void (item(d, 'C2')['shows'] = "level('risks', channel, 'g1')"),
      "/items/C2/shows E-C2 no list 'risks'",
    ],
    [
      'an item',
      (d) => void (item(d, 'C2')['shows'] = "itemScore('C22')"),
      "/items/C2/shows E-C2 no item 'C22'",
    ],
    [
      'its own score',
      (d) => void (item(d, 'C2')['shows'] = "itemScore('C2')"),
      '/items/C2 E-C2 the item depends on its own score',
    ],
    [
      'its own score through another',
      (d) => {
        item(d, 'C2')['shows'] = "itemScore('C3')";
        item(d, 'C3')['shows'] = "itemScore('C2')";
      },
      '/items/C2 E-C2 the item depends on its own score',
    ],
    [
      'definitions in a circle',
      (d) => Object.assign(d.define, { x: { is: 'y + 1' }, y: { is: 'x + 1' } }),
      '/define/x null Unknown variable: y',
    ],
    [
      'a score that depends on the segment',
      (d) => void (d.segments['NP'] = "itemScore('C2') > 1"),
      '/segments/NP null a segment cannot depend on a score',
    ],
    [
      'a time zone',
      (d) => void (d.timeZone = 'Asia/Peking2'),
      "/timeZone null no time zone 'Asia/Peking2'",
    ],
    [
      'a date that does not exist',
      (d) =>
        Object.assign(d.lists['countryRisk']?.rows ?? {}, {
          XZ: { g1: 1, g2: 1, g3: 1, offshore: false, leftFatfOn: '2026-02-30' },
        }),
      '/lists/countryRisk/rows/XZ/leftFatfOn null',
    ],
  ])('is a fault when there is none, or in a circle: %s', (_, edit, fault) => {
    expect(faults(edit).some((of) => of.startsWith(fault))).toBe(true);
  });
});

describe('the same document', () => {
  it('has the same fingerprint, another one another', () => {
    const print = (edit: (draft: Draft) => void): string => methodologyOf(edit).fingerprint;
    expect(print(() => undefined)).toBe(print(() => undefined));
    expect(print(band(5, 55))).not.toBe(print(() => undefined));
  });

  it('waits as long as it says for the first rating', () => {
    expect(methodologyOf(() => undefined).waitMs).toBe(MS_PER_DAY);
  });
});
