import { utf8ToBytes } from '@noble/hashes/utils';
import manifest from './package.json';
import { customerMachine } from './customer-machine';
import type { RatingContext } from './customer-machine';
import type { CustomerDecision } from './customer';
import { plainState } from './customer-codec.fixture';
import { compiledMethodology, INSTITUTION, NOON, shippedDocument } from './customer.fixture';
import { NO_GLOBALS } from './in-force/globals';
import { globalsOf } from './in-force/in-force';
import type { CustomerState } from './state';

const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));
const globals = globalsOf(methodology);
const machine = customerMachine;

const context = (asOf = NOON): RatingContext => ({
  asOf,
  globals,
  version: machine.versionAt(globals, asOf),
});

const listHit = {
  type: 'risk-event',
  id: 'l',
  institution: INSTITUTION,
  customer: 'c-1',
  occurredAt: NOON,
  kind: 'control_list_hit',
  entryId: 'e',
};
const profile = {
  ...listHit,
  type: 'profile-change',
  id: 'p',
  kind: undefined,
  entryId: undefined,
  set: { customerKind: 'natural' },
};

const bytesOf = (value: unknown): Uint8Array => utf8ToBytes(JSON.stringify(value));

/** Decides about records that come as bytes. @throws when one is refused */
function taken(records: readonly object[], asOf = NOON): CustomerDecision[] {
  let state: CustomerState | undefined;
  return records.map((record) => {
    const decoded = machine.decode('any', bytesOf(record), globals);
    if (!decoded.ok) throw new Error(decoded.reason);
    const decision = machine.decide(state, { kind: 'record', input: decoded.value }, context(asOf));
    ({ state } = decision);
    return decision;
  });
}

function rated(): CustomerState {
  const state = taken([profile, listHit]).at(-1)?.state;
  if (state === undefined) throw new Error('no state');
  return state;
}

describe('a record of an input topic', () => {
  it('has a key and a time of its own', () => {
    const decoded = machine.decode('any', bytesOf(listHit), globals);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(machine.keyOf(decoded.value)).toBe('bank-1:c-1');
    expect(machine.timeOf(decoded.value)).toBe(NOON);
  });

  it.each([
    ['b3f1c7a2-5d0e-4c1b-9a53-0f6f3f1f7a10', true],
    ['B3F1C7A2-5D0E-4C1B-9A53-0F6F3F1F7A10', true],
    ['01J5ZK3V9WQ2N8R4T6Y0XABCDE', true],
    ['profile-of-john-smith', false],
    ['b3f1c7a2-5d0e-4c1b-9a53-0f6f3f1f7a10-smith', false],
    ['13800138000', false],
  ])('has an id for logs where it can name nobody: %s', (id, isLogged) => {
    const decoded = machine.decode('any', bytesOf({ ...profile, id }), globals);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(machine.loggedId(decoded.value)).toBe(isLogged ? id : undefined);
  });

  it('may name the countries of the methodology', () => {
    const named = { ...profile, set: { nationality: ['XK'] } };
    const lists = { countryRisk: { rows: { XK: { g1: 1, g2: 1, g3: 1, offshore: false } } } };
    const document = { ...shippedDocument('cn-aml-bank'), version: 'with XK' };
    const known = globalsOf(
      compiledMethodology({ ...document, lists: { ...document.lists, ...lists } }),
    );
    expect(machine.decode('any', bytesOf(named), known).ok).toBe(true);
    const other = { ...profile, set: { nationality: ['X1'] } };
    expect(machine.decode('any', bytesOf(other), known).ok).toBe(false);
  });

  it.each([
    ['no JSON', utf8ToBytes('{'), 'not-json', null],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not-utf8', null],
    ['a line too long', new Uint8Array(1_000_001).fill(0x20), 'line-too-long', null],
    ['two faults', bytesOf({ ...profile, id: '', occurredAt: 1.5 }), 'out-of-range', 'id'],
  ])('is refused: %s', (_, bytes, code, field) => {
    const refused = machine.decode('any', bytes, globals);
    expect(refused).toMatchObject({ ok: false, code, field });
    if (!refused.ok && field === 'id') expect(refused.reason).toMatch(/^id: .*; occurredAt: /);
  });
});

describe('what is published', () => {
  it('goes to the topic of its kind as JSON, with what the state took over', () => {
    const outputs = taken([profile, listHit]).flatMap((decision) => decision.outputs);
    const described = outputs.map((output) => machine.describe(output));
    const [change, rating, task] = described;
    const key = 'bank-1:c-1';
    expect(change).toMatchObject({
      topic: 'grade-changes',
      kind: 'grade-change',
      key,
      sequence: 1,
    });
    expect(rating).toMatchObject({ topic: 'ratings', kind: 'rating', key, sequence: null });
    expect(task).toMatchObject({ topic: 'review-tasks', kind: 'review-task', key, sequence: null });
    const [first] = outputs;
    if (first === undefined) throw new Error('nothing was published');
    const text = Buffer.from(machine.encodeOutput(first)).toString('utf8');
    expect(JSON.parse(text)).toEqual(first.record);
    expect(change?.named).toBe(first.kind === 'grade-change' && first.record.hash);
  });
});

describe('a machine over bytes', () => {
  it('gives back the states that it wrote', () => {
    const state = rated();
    const copy = machine.decodeState(machine.encodeState(state, context()), context());
    expect(plainState(methodology, copy)).toEqual(plainState(methodology, state));
  });

  it('takes its ticks at local midnights', () => {
    const midnight = Date.UTC(2026, 2, 4, 16);
    expect(machine.tickAt(NOON, context())).toBe(midnight);
    expect(machine.tickAt(midnight, context())).toBe(midnight);
  });

  it('keeps nothing of a customer of whom it knows nothing', () => {
    const works = [{ kind: 'tick' }, { kind: 'sweep', cause: 'correction' }] as const;
    for (const work of works) {
      expect(machine.decide(undefined, work, context())).toMatchObject({
        state: undefined,
        outputs: [],
        dueAt: Infinity,
      });
    }
  });

  it('decides nothing while no methodology is in force', () => {
    const version = machine.versionAt(NO_GLOBALS, NOON);
    expect(version).toBe('');
    const none = { asOf: NOON, globals: NO_GLOBALS, version };
    expect(() => machine.decide(rated(), { kind: 'tick' }, none)).toThrow('publish one');
  });

  it('names its build after the version of the package', () => {
    expect(machine.build).toContain(manifest.version);
  });
});

describe('a sweep', () => {
  it('publishes nothing about a customer that follows the version and was decided by the build', () => {
    for (const cause of ['version', 'correction'] as const) {
      const state = rated();
      const before = machine.encodeState(state, context());
      const swept = machine.decide(state, { kind: 'sweep', cause }, context());
      expect(swept).toMatchObject({ outputs: [], outcome: 'swept' });
      expect(machine.encodeState(swept.state ?? state, context())).toEqual(before);
    }
  });

  it('corrects what another build published, with the next number and its cause', () => {
    const state = rated();
    state.results.fill(0);
    state.published.grade = 1;
    const hash = state.published.hash;
    const swept = machine.decide(state, { kind: 'sweep', cause: 'correction' }, context());
    expect(swept.outputs.map(({ record }) => record)).toMatchObject([
      {
        sequence: 2,
        previousGrade: 1,
        grade: 5,
        previousHash: hash,
        cause: { kind: 'correction', eventId: null },
      },
      { grade: 5, sequence: 2 },
    ]);
  });
});
