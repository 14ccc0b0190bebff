import {
  compiledMethodology,
  recordOf,
  NOON,
  shippedDocument,
} from '@tidemark/rating/customer.fixture';
import { decide } from '@tidemark/rating/customer';
import { INNER_LENGTH_MAX, SOURCE_LENGTH_MAX } from '@tidemark/rating/expression/cost';
import type { DefineDocument, MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { Fault } from '@tidemark/rating/methodology/faults';
import { loadMethodology } from '@tidemark/rating/methodology/load';
import { TEST_MS, within } from './bounded';

const { framework: _none, ...BANK } = shippedDocument('cn-aml-bank');

/** Loading takes well under a second; this much it may take on a machine that has other work. */
const LOAD_MS = 60_000;

type Define = Readonly<Record<string, DefineDocument>>;

function faultsOf(change: Partial<MethodologyDocument>): readonly Fault[] {
  const result = within(LOAD_MS, () => loadMethodology({ ...BANK, ...change }));
  return result.ok ? [] : result.faults;
}

const faultsWith = (define: Define): readonly Fault[] =>
  faultsOf({ define: { ...BANK.define, ...define } });

/** `z0`, and each of the next `count` from the one before it. */
const chain = (count: number, start: string, next: (name: string) => string): Define =>
  Object.fromEntries(
    Array.from({ length: count + 1 }, (_, i) => [
      `z${i}`,
      { is: i === 0 ? start : next(`z${i - 1}`) },
    ]),
  );

const COSTLY = 'evaluating it would cost too much';

describe('an expression that would cost too much', () => {
  it.each<[string, string, (name: string) => string]>([
    ['conditions', 'has(staffCount)', (z) => `${z} && !(${z})`],
    ['numbers', '9007199254740991', (z) => `${z} * ${z}`],
    ['texts', "'ab'", (z) => `${z} + ${z}`],
    ['lists', 'parties.map(p, 1)', (z) => `${z} + ${z}`],
    ['written lists', '[1]', (z) => `${z} + ${z}`],
    ['choices', '1', (z) => `${z} == 1 ? ${z} : ${z}`],
  ])('is refused when the document is loaded: %s that double thirty times', (_, start, next) => {
    const faults = faultsWith(chain(30, start, next));
    expect(faults[0]).toMatchObject({ problem: COSTLY, path: expect.stringMatching(/^\/define/) });
    expect(faultsWith(chain(4, start, next))).toEqual([]);
  });

  it('is refused when functions double it', () => {
    const params = { n: 'int' } as const;
    const define = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `z${i}`,
        { params, is: i === 0 ? 'n + 1' : `z${i - 1}(n) + z${i - 1}(n + 1)` },
      ]),
    );
    expect(faultsWith(define)[0]).toMatchObject({ problem: COSTLY });
  });

  it('is refused when it is in a direct rule, an item or a condition of a feature', () => {
    const is = Array.from({ length: 3_000 }, () => `size('') == 0`).join(' && ');
    const before = '/features/zz/where';
    const features = { zz: { of: 'transactions', count: true, window: '1d', where: is } } as const;
    expect(faultsOf({ features: { ...BANK.features, ...features } })[0]?.path).toBe(before);
    const marks = { ...BANK.marks, zz: is };
    expect(faultsOf({ marks })[0]).toMatchObject({ path: '/marks/zz' });
  });

  it.each([
    ['a loop in a loop in a loop', 'parties.all(a, parties.all(b, parties.all(c, a == c)))'],
    ['loops through definitions', 'parties.all(a, parties.all(b, inner))'],
    ['lists put together in a loop', 'size(parties.map(a, size(parties + parties))) > 0'],
    ['a list of lists', 'size(parties.map(a, parties)) > 0'],
  ])('is refused with %s', (_, is) => {
    const inner = { params: {}, is: "parties.exists(c, c.role == 'agent')" };
    const faults = faultsWith({ inner, zz: { is } });
    expect(faults.map(({ path }) => path)).toEqual(['/define/zz']);
  });

  it('counts what is written out by its length: written loops multiply, too', () => {
    const ten = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';
    const nested = (depth: number): string =>
      depth === 0 ? 'true' : `${ten}.all(v${depth}, ${nested(depth - 1)})`;
    expect(faultsWith({ zz: { is: nested(3) } })).toEqual([]);
    expect(faultsWith({ zz: { is: nested(8) } })[0]).toMatchObject({ problem: COSTLY });
  });

  it('is refused when it is too long, or nested too deeply', () => {
    const long = `size('${'x'.repeat(SOURCE_LENGTH_MAX)}') == 1`;
    const deep = ['(', '!', '[', '-'].map((sign) => `${sign.repeat(9_000)}true`);
    for (const is of [long, ...deep, '9'.repeat(SOURCE_LENGTH_MAX + 1)]) {
      expect(faultsWith({ zz: { is } })).toMatchObject([{ path: '/define/zz' }]);
    }
  });

  it('is found without trying every definition after every other', () => {
    const cycle = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [`z${i}`, { is: `z${(i + 1) % 1_000}` }]),
    );
    expect(faultsWith(cycle)).toHaveLength(1_000);
  });
});

describe('an expression that may be loaded', () => {
  const document: MethodologyDocument = {
    ...BANK,
    marks: {
      zz: "has(parties) && parties.all(a, parties.exists(b, a.partyId + 'x' == b.partyId))",
      zy: "has(parties) && parties.exists(a, parties.all(b, b.partyId != a.partyId + 'x'))",
    },
  };
  const methodology = compiledMethodology(document);

  const ratedWith = (count: number) => {
    const parties = Array.from({ length: count }, (_, i) => ({ partyId: `${i}`, role: 'agent' }));
    const set = { customerKind: 'natural', parties };
    const record = recordOf({ type: 'profile-change', set }, 'e', NOON);
    const asOf = NOON + 2 * 86_400_000;
    const known = decide(undefined, { kind: 'record', record }, { methodology, asOf: NOON });
    const { institution, customer } = record;
    const tick = { kind: 'tick', institution, customer } as const;
    return decide(known.state, tick, { methodology, asOf });
  };

  const marksOf = (count: number): readonly string[] =>
    within(LOAD_MS, () => ratedWith(count)).outputs.flatMap((output) =>
      output.kind === 'rating' ? output.record.marks : [],
    );

  it(
    'takes steps by the length of a list, not by its square, and says unknown rather than no',
    () => {
      expect(marksOf(INNER_LENGTH_MAX)).toContain('zy');
      // 40,000 squared would be a minute
      expect(marksOf(40_000)).not.toContain('zy');
    },
    TEST_MS,
  );

  it('is run as deep as it can be compiled', () => {
    const long = Array.from({ length: 1_500 }, () => 'has(phone)').join('||');
    const define = chain(25, long, (z) => `${z} || ${long}`);
    const result = loadMethodology({ ...BANK, define: { ...BANK.define, ...define } });
    const depth = result.ok
      ? 25
      : Number(/^\/define\/z(\d+)$/.exec(result.faults[0]?.path ?? '')?.[1]) - 1;
    const { [`z${depth}`]: deepest } = define;
    if (deepest === undefined) return;
    const kept = Object.fromEntries(Object.entries(define).slice(0, depth + 1));
    const marks = { zz: `z${depth}` };
    const deep = compiledMethodology({ ...BANK, marks, define: { ...BANK.define, ...kept } });
    const set = { customerKind: 'natural' };
    const record = recordOf({ type: 'profile-change', set }, 'e', NOON);
    const context = { methodology: deep, asOf: NOON };
    expect(decide(undefined, { kind: 'record', record }, context).outcome).toBe('applied');
  });
});
