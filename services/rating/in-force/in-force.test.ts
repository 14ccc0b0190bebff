import { utf8ToBytes } from '@noble/hashes/utils';
import {
  compiledMethodology,
  NOON,
  recordOf,
  shippedDocument,
  shippedFramework,
} from '../customer.fixture';
import type { CustomerDecision } from '../customer';
import { customerMachine, METHODOLOGIES, REFERENCE_LISTS } from '../customer-machine';
import type { MethodologyDocument } from '../methodology/document';
import type { CustomerState } from '../state';
import { NO_GLOBALS, type RatingGlobals } from './globals';
import { countriesOf, globalsOf, methodologyOf, versionAt } from './in-force';

const BANK = shippedDocument('cn-aml-bank');
const FRAMEWORK = JSON.stringify(shippedFramework('cn-2013-2'));
const DAY = 86_400_000;

/** What is published as a methodology. */
const methodology = (
  version: string,
  activateAt: number,
  changes: Partial<MethodologyDocument> = {},
): object => {
  const document = JSON.stringify({ ...BANK, ...changes, version });
  return { id: BANK.id, version, document, framework: FRAMEWORK, activateAt };
};

const RISKY = { g1: 5, g2: 5, g3: 5, offshore: true };
const PLAIN = { g1: 1, g2: 1, g3: 1, offshore: false };

const list = (
  version: string,
  validFrom: number,
  rows: object = { XA: RISKY },
  more = {},
): object => ({
  name: 'countryRisk',
  version,
  validFrom,
  part: 1,
  parts: 1,
  rows: JSON.stringify(rows),
  default: JSON.stringify(PLAIN),
  ...more,
});

type Verdict = 'taken' | 'unchanged' | readonly [code: string, field: string | null];

/** Takes records in and gives the verdicts. */
function taking(
  records: readonly (readonly [topic: string, record: object | string])[],
  start: RatingGlobals = NO_GLOBALS,
): { readonly globals: RatingGlobals; readonly verdicts: Verdict[] } {
  let globals = start;
  const verdicts = records.map(([topic, record]): Verdict => {
    const text = typeof record === 'string' ? record : JSON.stringify(record);
    const taken = customerMachine.takeGlobal(globals, topic, utf8ToBytes(text));
    if (!taken.ok) return [taken.code, taken.field];
    const before = globals;
    globals = taken.value;
    return before === globals ? 'unchanged' : 'taken';
  });
  return { globals, verdicts };
}

const documents = (...records: (object | string)[]) =>
  taking(records.map((record) => [METHODOLOGIES, record]));

/** The name of the document in force, and what countryRisk says of a country. */
function inForce(globals: RatingGlobals, clock: number): [name: string, XA: unknown] {
  const { name, document } = methodologyOf(globals, versionAt(globals, clock));
  const rows = document.lists?.['countryRisk']?.rows ?? {};
  return [name, Object.entries(rows).find(([key]) => key === 'XA')?.[1]];
}

const OWN = { g1: 1, g2: 1, g3: 2, offshore: false };

describe('the methodology in force', () => {
  it('is none at first, then the one whose time came last, of equal ones the last published', () => {
    const { globals, verdicts } = documents(
      methodology('1', NOON),
      methodology('3', NOON + 2 * DAY),
      methodology('2', NOON + DAY),
      methodology('2b', NOON + DAY),
    );
    expect(verdicts).toEqual(['taken', 'taken', 'taken', 'taken']);
    expect(versionAt(globals, NOON - 1)).toBe('');
    const names = [0, 1, 2, 3].map((days) => inForce(globals, NOON + days * DAY)[0]);
    expect(names).toEqual(['1', '2b', '3', '3'].map((version) => `cn-aml-bank@${version}`));
  });

  it('has a version that is the fingerprint of what decides', () => {
    const { globals } = documents(methodology('1', 0));
    const alone = compiledMethodology({ ...BANK, version: '1' });
    expect(versionAt(globals, NOON)).toBe(alone.fingerprint);
    expect(versionAt(globalsOf(alone), Number.NEGATIVE_INFINITY)).toBe(alone.fingerprint);
    const { globals: replaced } = taking([[REFERENCE_LISTS, list('1', 0)]], globals);
    const version = versionAt(replaced, NOON);
    expect(version).not.toBe(alone.fingerprint);
    expect(methodologyOf(replaced, version).fingerprint).toBe(version);
    const written = compiledMethodology({
      ...BANK,
      version: '1',
      lists: {
        ...BANK.lists,
        countryRisk: { ...BANK.lists?.['countryRisk'], rows: { XA: RISKY }, default: PLAIN },
      },
    });
    expect(version).toBe(written.fingerprint);
  });

  it('is immutable: the same again changes nothing, other content is refused', () => {
    const { verdicts } = documents(
      methodology('1', 0),
      methodology('1', 0),
      methodology('1', 1),
      methodology('1', 0, { description: 'other' }),
    );
    const conflict = ['conflicting-duplicate', 'version'];
    expect(verdicts).toEqual(['taken', 'unchanged', conflict, conflict]);
  });

  it('is refused where the record is malformed, which stops nothing', () => {
    const { verdicts, globals } = documents(
      '{',
      '[]',
      { ...methodology('1', 0), more: 1 },
      { ...methodology('1', 0), document: '{"' },
      { ...methodology('1', 0), document: 'null' },
      { ...methodology('1', 0), framework: '1' },
      { ...methodology('1', 0), version: '2' },
    );
    expect(verdicts).toEqual([
      ['not-json', null],
      ['not-an-object', null],
      ['unknown-field', 'more'],
      ['not-json', 'document'],
      ['not-json', 'document'],
      ['not-json', 'framework'],
      ['mismatch', 'id'],
    ]);
    expect(globals).toBe(NO_GLOBALS);
    expect(taking([['else', {}]]).verdicts).toEqual([['unknown-topic', null]]);
  });

  it('stops everything, with all faults, where the document does not load', () => {
    const bands = BANK.bands.slice(1);
    expect(() => documents(methodology('1', 0, { bands, timeZone: 'Nowhere' }))).toThrow(
      /cn-aml-bank@1 cannot be loaded: .*\/bands.*\/timeZone/,
    );
    const empty = JSON.stringify({ id: BANK.id, version: '1' });
    expect(() => documents({ ...methodology('1', 0), document: empty })).toThrow(
      'cn-aml-bank@1 cannot be loaded: it has not the form',
    );
  });

  it('is refused where it needs facts that the version before or after it did not keep', () => {
    const longer = {
      ...BANK.features,
      longest: { of: 'transactions', count: true, window: '397d' },
    } as const;
    const needsHistory = ['needs-history', 'document'];
    expect(
      documents(methodology('1', 0), methodology('2', NOON, { features: longer })).verdicts,
    ).toEqual(['taken', needsHistory]);
    // the one before it in time, not in the order of publication
    expect(
      documents(methodology('2', NOON, { features: longer }), methodology('1', 0)).verdicts,
    ).toEqual(['taken', needsHistory]);
    expect(
      documents(methodology('1', 0, { features: longer }), methodology('2', NOON)).verdicts,
    ).toEqual(['taken', 'taken']);
  });
});

describe('a reference list', () => {
  const start = documents(methodology('1', 0)).globals;

  it('replaces the one of its name from when it is valid, the one that became valid last', () => {
    const { globals, verdicts } = taking(
      [
        [REFERENCE_LISTS, list('b', NOON + DAY, { XA: { ...RISKY, g1: 2 } })],
        [REFERENCE_LISTS, list('a', NOON)],
        [REFERENCE_LISTS, list('unknown', 0, {}, { name: 'nowhere' })],
      ],
      start,
    );
    expect(verdicts).toEqual(['taken', 'taken', 'taken']);
    expect(inForce(globals, NOON - 1)[1]).toEqual(OWN);
    expect(inForce(globals, NOON)[1]).toEqual(RISKY);
    expect(inForce(globals, NOON + DAY)[1]).toMatchObject({ g1: 2 });
    expect(versionAt(globals, NOON - 1)).toBe(versionAt(start, NOON - 1));
  });

  it('waits for a methodology that has a list of its name', () => {
    const lists = { ...BANK.lists, later: { rows: [] } };
    const { globals } = taking(
      [
        [REFERENCE_LISTS, list('1', 0, ['x'], { name: 'later', default: null })],
        [METHODOLOGIES, methodology('2', NOON, { lists })],
      ],
      start,
    );
    expect(versionAt(globals, NOON - 1)).toBe(versionAt(start, NOON));
    const { document } = methodologyOf(globals, versionAt(globals, NOON));
    expect(document.lists?.['later']).toEqual({ rows: ['x'] });
  });

  it('takes effect with its last part, whichever that is, and the same part again is none', () => {
    const part = (number: number, rows: object): readonly [string, object] => [
      REFERENCE_LISTS,
      list('1', 0, rows, { part: number, parts: 3 }),
    ];
    const some = taking(
      [part(3, { XC: PLAIN }), part(1, { XA: RISKY }), part(1, { XA: RISKY })],
      start,
    );
    expect(some.verdicts).toEqual(['taken', 'taken', 'unchanged']);
    expect(versionAt(some.globals, NOON)).toBe(versionAt(start, NOON));
    const all = taking([part(2, { XB: PLAIN }), part(3, { XC: PLAIN }), part(3, {})], some.globals);
    expect(all.verdicts).toEqual(['taken', 'unchanged', ['conflicting-duplicate', 'version']]);
    expect(inForce(all.globals, NOON)[1]).toEqual(RISKY);
    const more = list('1', 0, {}, { part: 4, parts: 4 });
    const { verdicts } = taking([[REFERENCE_LISTS, more]], all.globals);
    expect(verdicts).toEqual([['conflicting-duplicate', 'version']]);
    expect(
      Object.keys(
        methodologyOf(all.globals, versionAt(all.globals, NOON)).document.lists?.['countryRisk']
          ?.rows ?? {},
      ),
    ).toEqual(['XA', 'XB', 'XC']);
  });

  it.each<[string, object, Verdict]>([
    ['more than its parts', { part: 3 }, ['mismatch', 'part']],
    ['another number of parts', { parts: 3 }, ['mismatch', 'parts']],
    ['another time', { validFrom: 1 }, ['mismatch', 'parts']],
    ['another default', { default: null }, ['mismatch', 'default']],
    ['rows that are no JSON', { rows: '{a}' }, ['not-json', 'rows']],
    ['keys where there were rows', { rows: '["a"]' }, ['mismatch', 'rows']],
    ['a row that is none', { rows: '{"a":1.5}' }, ['invalid-row', 'rows']],
    ['a field that is no date', { rows: '{"a":{"from":"soon"}}' }, ['invalid-row', 'rows']],
    ['a key a second time', { rows: '{"XA":1}' }, ['duplicate-key', 'rows']],
    ['other content of a part', { part: 1, rows: '{}' }, ['conflicting-duplicate', 'version']],
  ])('refuses a part with %s', (_, change, verdict) => {
    const first = list('1', 0, { XA: RISKY }, { parts: 2 });
    const { verdicts } = taking(
      [
        [REFERENCE_LISTS, first],
        [REFERENCE_LISTS, { ...first, part: 2, ...change }],
      ],
      start,
    );
    expect(verdicts).toEqual(['taken', verdict]);
  });

  it('stops everything when it comes into force and does not fit the document', () => {
    const { globals } = taking([[REFERENCE_LISTS, list('odd', NOON, { XA: { g1: true } })]], start);
    expect(versionAt(globals, NOON - 1)).toBe(versionAt(start, 0));
    expect(() => versionAt(globals, NOON)).toThrow('countryRisk@odd');
  });

  it('adds the countries that records may name', () => {
    expect(countriesOf(start).has('X9')).toBe(false);
    const { globals } = taking([[REFERENCE_LISTS, list('1', NOON, { X9: PLAIN })]], start);
    expect(countriesOf(globals).has('X9')).toBe(true);
    expect(countriesOf(globals).has('XA')).toBe(true);
  });
});

describe('a customer', () => {
  const profile = recordOf(
    {
      type: 'profile-change',
      set: { customerKind: 'natural', nationality: ['XA'], pepStatus: 'none' },
    },
    'p',
    NOON,
  );

  const note = recordOf({ type: 'risk-event', kind: 'staff_note' }, 'n', NOON + 2 * DAY);

  /** The customer after its profile is a day old. */
  function known(globals: RatingGlobals): CustomerState {
    let state: CustomerState | undefined;
    for (const [input, asOf] of [
      [profile, NOON],
      [undefined, NOON + DAY],
    ] as const) {
      const context = { asOf, globals, version: versionAt(globals, asOf) };
      const work =
        input === undefined ? ({ kind: 'tick' } as const) : ({ kind: 'record', input } as const);
      ({ state } = customerMachine.decide(state, work, context));
    }
    if (state === undefined) throw new Error('no state');
    return state;
  }

  const kinds = ({ outputs }: CustomerDecision): unknown[] =>
    outputs.map(({ kind, record }) => [kind, 'cause' in record ? record.cause.kind : '']);

  const start = documents(methodology('1', 0)).globals;
  const asOf = NOON + 2 * DAY;

  it('follows a list that has changed, and is published when the grade changes', () => {
    const { globals } = taking([[REFERENCE_LISTS, list('1', asOf)]], start);
    const context = { asOf, globals, version: versionAt(globals, asOf) };
    const sweep = { kind: 'sweep', cause: 'version' } as const;
    const swept = customerMachine.decide(known(globals), sweep, context);
    expect(kinds(swept)).toEqual([
      ['grade-change', 'list_changed'],
      ['rating', ''],
    ]);
    const [change] = swept.outputs;
    expect(change?.record).toMatchObject({ sequence: 2, grade: 5, basis: 'direct-highest' });
    if (swept.state === undefined) throw new Error('no state');
    expect(customerMachine.decide(swept.state, sweep, context).outputs).toEqual([]);
  });

  it('is told of another methodology by a rating, and by a grade change only if it changes', () => {
    const bands = BANK.bands.map(({ grade }) => ({ grade, from: grade === 1 ? 20 : 90 + grade }));
    const { globals } = taking(
      [
        [METHODOLOGIES, methodology('2', asOf, { description: 'new words' })],
        [METHODOLOGIES, methodology('3', asOf + DAY, { bands })],
      ],
      start,
    );
    const state = known(globals);
    const second = { asOf, globals, version: versionAt(globals, asOf) };
    // before the record that meets the old state is applied
    const told = customerMachine.decide(state, { kind: 'record', input: note }, second);
    expect(kinds(told)).toEqual([['rating', '']]);
    expect(told.outputs[0]?.record).toMatchObject({ methodology: { version: '2' }, sequence: 1 });
    const third = { asOf: asOf + DAY, globals, version: versionAt(globals, asOf + DAY) };
    const changed = customerMachine.decide(state, { kind: 'tick' }, third);
    expect(kinds(changed)).toEqual([
      ['grade-change', 'methodology_published'],
      ['rating', ''],
    ]);
  });

  it('is read from bytes of every version that was ever in force', () => {
    const first = known(start);
    const bytes = customerMachine.encodeState(first, {
      asOf,
      globals: start,
      version: versionAt(start, asOf),
    });
    // published for a time that had passed already: no clock gives the first version any more
    let { globals } = taking([[REFERENCE_LISTS, list('1', 0)]], start);
    for (let i = 0; i < 9; i += 1) {
      ({ globals } = taking([[METHODOLOGIES, methodology(`2.${i}`, NOON + i * DAY)]], globals));
      versionAt(globals, NOON + i * DAY);
    }
    const context = { asOf, globals, version: versionAt(globals, asOf) };
    const state = customerMachine.decodeState(bytes, context);
    expect(state.methodology).toBe(first.methodology);
    expect(customerMachine.encodeState(state, context)).toEqual(bytes);
    const unknown = {
      asOf,
      globals: globalsOf(compiledMethodology({ ...BANK, version: '9' })),
      version: '',
    };
    expect(() => customerMachine.decodeState(bytes, unknown)).toThrow(
      'was published gives version',
    );
  });
});
