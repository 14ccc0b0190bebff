import type { Rating } from '@tidemark/schemas/records';
import { compiledMethodology, shippedDocument } from '../customer.fixture';
import type { PersonaDocument } from '../methodology/document';
import type { Methodology } from '../methodology/methodology';
import { ratePersona } from '../methodology/personas';

/** The persona's rating after its records, in the order given, at the persona's instant. */
function rated(
  methodology: Methodology,
  persona: PersonaDocument,
  records = persona.records,
): Rating {
  const result = ratePersona(methodology, { ...persona, records });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.rating;
}

const BASES = ['scored', 'direct-highest', 'direct-lowest'] as const;

/** What a persona states, in the shape of its expectation. */
function comparable(rating: Rating): PersonaDocument['expect'] {
  return {
    items: Object.fromEntries(rating.items.map(({ id, score }) => [id, score])),
    missing: rating.items.filter(({ missing }) => missing).map(({ id }) => id),
    total: rating.total.sum,
    score: rating.score,
    gradeByScore: rating.gradeByScore,
    grade: rating.grade,
    basis: BASES.find((basis) => basis === rating.basis) ?? 'scored',
    ...(rating.rule === null ? {} : { rule: rating.rule }),
  };
}

describe.each(['cn-aml-bank', 'trade-credit-aaa-c'])('the personas of %s', (name) => {
  const methodology = compiledMethodology(shippedDocument(name));
  const personas = methodology.document.personas ?? [];

  it.each(personas.map((persona) => [persona.name, persona] as const))(
    'rates %s as the text does (W-7, W-8, X-P)',
    (_, persona) => {
      const expected = { missing: [], ...persona.expect };
      const reversed = [...persona.records].reverse();
      expect(comparable(rated(methodology, persona))).toEqual(expected);
      expect(comparable(rated(methodology, persona, reversed))).toEqual(expected);
    },
  );

  it('expects every item of the segment of every persona (P-7)', () => {
    for (const persona of personas) {
      const stated = Object.keys(persona.expect.items ?? {});
      const rating = rated(methodology, persona);
      expect(stated).toEqual(rating.items.map(({ id }) => id));
    }
  });
});

describe('the marks of the default methodology', () => {
  const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));
  const pensioner = methodology.document.personas?.find(({ name }) => name === 'P6');
  const DAY_MS = 86_400_000;

  /** The marks of P6 with some attributes changed. */
  function marks(set: Record<string, unknown>): readonly string[] {
    if (pensioner === undefined) throw new Error('no persona P6');
    const change = {
      type: 'profile-change',
      id: 'change',
      occurredAt: pensioner.asOf,
      set,
    };
    return rated(methodology, pensioner, [...pensioner.records, change]).marks;
  }
  const started = (msAgo: number): Record<string, unknown> => ({
    relationshipStart: Date.parse(pensioner?.asOf ?? '') - msAgo,
  });

  it('says on every rating that nobody has confirmed the weights (W-5)', () => {
    expect(marks({})).toEqual(['unconfirmed-default']);
  });

  it('says identity-only until 90 times 24 h have passed, to the millisecond (S-6)', () => {
    expect(marks(started(90 * DAY_MS - 1))).toEqual(['identity-only', 'unconfirmed-default']);
    expect(marks(started(90 * DAY_MS))).toEqual(['unconfirmed-default']);
  });

  it('says by-reference for payment institutions and designated non-financial bodies (P-10)', () => {
    expect(marks({ institutionType: 'payment' })).toEqual(['by-reference', 'unconfirmed-default']);
    expect(marks({ institutionType: 'dnfbp' })).toEqual(['by-reference', 'unconfirmed-default']);
    expect(marks({ institutionType: 'trust' })).toEqual(['unconfirmed-default']);
  });
});
