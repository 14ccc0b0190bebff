import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecord, type InputRecord, type Rating } from '@tidemark/schemas/records';
import { parse } from 'yaml';
import { decide, rateInFull } from '../customer';
import type { MethodologyDocument, PersonaDocument } from '../methodology/document';
import type { FrameworkDocument } from '../methodology/framework';
import { loadMethodology } from '../methodology/load';
import type { Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';

const read = (name: string): unknown => parse(readFileSync(join(__dirname, name), 'utf8'));

function loaded(name: string): Methodology {
  const document = read(`${name}.yaml`) as MethodologyDocument;
  const { framework } = document;
  const demands = framework && (read(`${framework}.framework.yaml`) as FrameworkDocument);
  const result = loadMethodology(document, demands || undefined);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.methodology;
}

function recordsOf(persona: PersonaDocument): InputRecord[] {
  return persona.records.map((raw) => {
    const parsed = parseRecord({ ...raw, institution: 'test', customer: persona.name });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return parsed.record;
  });
}

/** The persona's rating after its records in the given order, at the persona's instant. */
function rated(methodology: Methodology, persona: PersonaDocument, records: InputRecord[]): Rating {
  const asOf = Date.parse(persona.asOf);
  let state: CustomerState | undefined;
  for (const record of records) {
    const decided = decide(state, { kind: 'record', record }, { methodology, asOf });
    expect([record.id, decided.outcome, decided.refusals]).toEqual([record.id, 'applied', []]);
    ({ state } = decided);
  }
  const rating = state && rateInFull(methodology, state, asOf);
  if (rating === undefined) throw new Error('no rating');
  return rating;
}

/** What a persona states, in the shape of its expectation. */
function comparable(rating: Rating): PersonaDocument['expect'] {
  return {
    items: Object.fromEntries(rating.items.map(({ id, score }) => [id, score])),
    missing: rating.items.filter(({ missing }) => missing).map(({ id }) => id),
    total: rating.total.sum,
    score: rating.score,
    gradeByScore: rating.gradeByScore,
    grade: rating.grade,
    basis: rating.basis === 'override' ? 'scored' : rating.basis,
    ...(rating.rule === null ? {} : { rule: rating.rule }),
  };
}

describe.each(['cn-aml-bank', 'trade-credit-aaa-c'])('the personas of %s', (name) => {
  const methodology = loaded(name);
  const personas = methodology.document.personas ?? [];

  it.each(personas.map((persona) => [persona.name, persona] as const))(
    'rates %s as the text does (W-7, W-8, X-P)',
    (_, persona) => {
      const expected = { missing: [], ...persona.expect };
      const records = recordsOf(persona);
      expect(comparable(rated(methodology, persona, records))).toEqual(expected);
      expect(comparable(rated(methodology, persona, [...records].reverse()))).toEqual(expected);
    },
  );

  it('expects every item of the segment of every persona (P-7)', () => {
    for (const persona of personas) {
      const stated = Object.keys(persona.expect.items ?? {});
      const rating = rated(methodology, persona, recordsOf(persona));
      expect(stated).toEqual(rating.items.map(({ id }) => id));
    }
  });
});

describe('the marks of the default methodology', () => {
  const methodology = loaded('cn-aml-bank');
  const pensioner = methodology.document.personas?.find(({ name }) => name === 'P6');
  const DAY_MS = 86_400_000;

  /** The marks of P6 with some attributes changed. */
  function marks(set: Record<string, unknown>): readonly string[] {
    if (pensioner === undefined) throw new Error('no persona P6');
    const change = {
      type: 'profile-change',
      id: 'change',
      institution: 'test',
      customer: pensioner.name,
      occurredAt: pensioner.asOf,
      set,
    };
    const parsed = parseRecord(change);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return rated(methodology, pensioner, [...recordsOf(pensioner), parsed.record]).marks;
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
