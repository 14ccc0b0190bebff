import { MS_PER_DAY } from './calendar';
import { decide } from './customer';
import {
  compiledMethodology,
  CUSTOMER,
  INSTITUTION,
  NOON,
  recordOf,
  shippedDocument,
} from './customer.fixture';
import { figureOf, figuresOf, gradeFigures, moveName, REVIEW_DUE_DAYS } from './figures';
import { MISSING } from './methodology/methodology';
import type { CustomerState } from './state';

const methodology = compiledMethodology(shippedDocument('cn-aml-bank'));

function stateOf(...contents: readonly (Record<string, unknown> & { type: string })[]) {
  let state: CustomerState | undefined;
  contents.forEach((content, i) => {
    const record = recordOf(content, `e${i}`, NOON);
    ({ state } = decide(state, { kind: 'record', record }, { methodology, asOf: NOON }));
  });
  if (state === undefined) throw new Error('no state');
  return state;
}

function namesOf(state: CustomerState, asOf = NOON): string[] {
  const names: string[] = [];
  figuresOf(methodology, state, asOf, (name) => names.push(name));
  return names;
}

const natural = { type: 'profile-change', set: { customerKind: 'natural' } };
const listHit = { type: 'risk-event', kind: 'control_list_hit', entryId: 'e' };

describe('the figures of a customer', () => {
  it('say that it has no grade yet, and nothing else', () => {
    expect(namesOf(stateOf(natural))).toEqual(['grade none']);
  });

  it('hold its grade, and for each sub-item of its segment whether it is missing or hit', () => {
    const state = stateOf(natural, listHit);
    const names = namesOf(state);
    expect(names).toContain(`grade ${methodology.grades}`);
    const items = methodology.items.filter(({ weights }) => (weights[state.segment] ?? 0) > 0);
    expect(items.length).toBeGreaterThan(0);
    for (const { index, name } of items) {
      expect(names).toContain(`applies ${name}`);
      const code = state.results[index] ?? 0;
      const isMissing = (code & MISSING) !== 0;
      expect(names.includes(`missing ${name}`)).toBe(isMissing);
      expect(names.includes(`hit ${name}`)).toBe(!isMissing && code > 1);
    }
  });

  it('are told of for every grade that there is, also without a customer', () => {
    const names = gradeFigures(methodology);
    expect(names).toHaveLength(methodology.grades + 1);
    const grades = names.map((name) => figureOf(name));
    expect(grades).toEqual(
      [null, ...Array.from({ length: methodology.grades }, (_, i) => i + 1)].map((grade) => ({
        ...{ of: 'grade', grade },
      })),
    );
  });

  it('say that a review is due when its last day is near, and overdue after it', () => {
    const state = stateOf(natural, listHit);
    const { reviewDueOn } = state.published;
    if (reviewDueOn === null) throw new Error('no review');
    const at = (day: number): string[] =>
      namesOf(state, day * MS_PER_DAY).filter((name) => name.startsWith('review'));
    expect(at(reviewDueOn - REVIEW_DUE_DAYS - 1)).toEqual([]);
    expect(at(reviewDueOn - REVIEW_DUE_DAYS)).toEqual(['review due']);
    expect(at(reviewDueOn)).toEqual(['review due']);
    expect(at(reviewDueOn + 1)).toEqual(['review overdue']);
  });

  it('have names that say what they count, and nothing of the customer', () => {
    const names = namesOf(stateOf(natural, listHit), NOON + 4_000 * MS_PER_DAY);
    for (const name of names) {
      expect(() => figureOf(name)).not.toThrow();
      expect(name).not.toContain(CUSTOMER);
      expect(name).not.toContain(INSTITUTION);
    }
    expect(figureOf('grade none')).toEqual({ of: 'grade', grade: null });
    expect(figureOf('missing C1')).toEqual({ of: 'item', item: 'C1', is: 'missing' });
    expect(() => figureOf('other')).toThrow(RangeError);
    expect(moveName({ previousGrade: null, grade: 3 })).toBe('none>3');
    expect(moveName({ previousGrade: 3, grade: 5 })).toBe('3>5');
  });
});
