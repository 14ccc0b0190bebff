import { compiledMethodology, shippedDocument, shippedFramework } from '../customer.fixture';
import { DESCRIPTIONS, SIGNATURES } from '../expression/functions';
import type { MethodologyDocument, PersonaDocument } from './document';
import { checkPersonas } from './personas';

const best = (document: MethodologyDocument): PersonaDocument => {
  const [first] = document.personas ?? [];
  if (first === undefined) throw new Error('no persona');
  return first;
};

/** The trade-credit methodology with its first persona changed. */
function changed(change: (persona: PersonaDocument) => PersonaDocument): MethodologyDocument {
  const document = shippedDocument('trade-credit-aaa-c');
  return { ...document, personas: [change(best(document))] };
}
const pathsOf = (document: MethodologyDocument): string[] =>
  checkPersonas(compiledMethodology(document)).map(({ path }) => path);

describe('the check of personas', () => {
  it.each(['cn-aml-bank', 'trade-credit-aaa-c'])('finds nothing wrong in %s (W-8)', (name) => {
    expect(checkPersonas(compiledMethodology(shippedDocument(name)))).toEqual([]);
  });

  it('reports every expectation that is not met, with its path', () => {
    const document = changed((persona) => ({
      ...persona,
      expect: {
        items: { T1: 9, T2: 10, T9: 1 },
        missing: ['T3'],
        total: '999',
        score: '99.9',
        gradeByScore: 2,
        grade: 3,
        basis: 'direct-lowest',
        rule: 'X-1',
        marks: ['cash-before-delivery'],
      },
    }));
    const wrong = ['items/T1', 'items/T9', 'missing', 'total', 'score', 'gradeByScore'];
    expect(pathsOf(document)).toEqual(
      [...wrong, 'grade', 'basis', 'rule', 'marks'].map((at) => `/personas/0/expect/${at}`),
    );
  });

  it('says what was found and what was expected', () => {
    const document = changed((persona) => ({ ...persona, expect: { grade: 3 } }));
    expect(checkPersonas(compiledMethodology(document))).toEqual([
      {
        path: '/personas/0/expect/grade',
        rule: null,
        problem: 'persona best: grade is 1, expected 3',
        remedy: 'correct the methodology or the expectation',
      },
    ]);
  });

  it('names the rule of the framework that asks for personas (O-6)', () => {
    const document = shippedDocument('cn-aml-bank');
    const wrong = { ...document, personas: [{ ...best(document), expect: { grade: 4 } }] };
    const faults = checkPersonas(compiledMethodology(wrong), shippedFramework('cn-2013-2'));
    expect(faults.map(({ rule }) => rule)).toEqual(['O-6']);
  });

  it('reports a record that is none, at its field', () => {
    const document = changed((persona) => ({
      ...persona,
      records: [
        { type: 'transaction', id: 't', occurredAt: persona.asOf, txId: 't', kind: 'cahs' },
      ],
    }));
    expect(pathsOf(document)).toContain('/personas/0/records/0/kind');
  });

  it('reports a record that does not count: dated after the as-of time, or given twice', () => {
    const document = changed((persona) => {
      const [profile] = persona.records;
      const later = { ...profile, id: 'later', occurredAt: '2030-01-01T00:00:00+08:00' };
      return { ...persona, records: [...persona.records, later, profile ?? {}] };
    });
    expect(pathsOf(document)).toEqual(['/personas/0/records/5', '/personas/0/records/6']);
  });

  it('reports a persona to whom no segment applies', () => {
    const document = shippedDocument('cn-aml-bank');
    const unknown = { ...best(document), records: [] };
    expect(pathsOf({ ...document, personas: [unknown] })).toEqual(['/personas/0']);
  });
});

it('describes every function that conditions may call', () => {
  const names = SIGNATURES.map((signature) => signature.slice(0, signature.indexOf('(')));
  const offered = [...new Set(names), 'size'].map((name) => (name === 'known' ? 'has' : name));
  expect(Object.keys(DESCRIPTIONS).sort()).toEqual(offered.sort());
});
