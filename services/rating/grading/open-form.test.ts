import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { GradeChange, InputRecord, Rating } from '@tidemark/schemas/records';
import { canonicalJson, type Json } from '../canonical';
import { MS_PER_DAY } from '../calendar';
import {
  compiledMethodology,
  contents,
  gaps,
  NOON,
  recordOf,
  recordsOf,
  shippedDocument,
  step,
  type Content,
} from '../customer.fixture';
import { decodeState, encodeState } from '../customer-codec';
import type { CustomerState } from '../state';
import { evaluateAll } from './evaluate';
import { ratingOf } from './open-form';
import type { Output } from './publish';

const document = shippedDocument('cn-aml-bank');
const methodology = compiledMethodology(document);
const KINDS = methodology.confidential;

const isConfidential = (record: InputRecord): boolean =>
  record.type === 'risk-event' && KINDS.has(record.kind);

interface Timed {
  readonly record: InputRecord;
  readonly at: number;
}

/** Decides about records in order; one that is left out is the passing of time. */
function play(stream: readonly Timed[], leavesOut: (record: InputRecord) => boolean) {
  let state: CustomerState | undefined;
  const outputs: Output[] = [];
  /** After which record which grade was published. */
  const grades: (readonly [after: number, grade: number])[] = [];
  for (const [i, { record, at }] of stream.entries()) {
    const isOut = leavesOut(record);
    if (isOut && state === undefined) continue;
    const decided = step(methodology, state, isOut ? 'tick' : record, at);
    state = decided.state;
    outputs.push(...decided.outputs);
    for (const { grade } of changes(decided.outputs)) grades.push([i, grade]);
  }
  return { state, outputs, grades };
}

const open = (outputs: readonly Output[]): unknown[] =>
  outputs.flatMap(({ kind, record }) => (kind === 'restricted' ? [] : [record]));

const changes = (outputs: readonly Output[]): GradeChange[] =>
  outputs.flatMap(({ kind, record }) => (kind === 'grade-change' ? [record] : []));

/** The rating at the end, evaluated anew, but for what follows from the grade. */
function told(state: CustomerState, at: number, form: 'open' | 'full'): Partial<Rating> {
  const copy = structuredClone(state);
  copy.places = undefined;
  evaluateAll(methodology, copy, at);
  const rating = ratingOf(methodology, copy, form);
  if (rating === undefined) return {};
  const { score, total, gradeByScore, calculatedGrade, directRules, marks, items } = rating;
  return { score, total, gradeByScore, calculatedGrade, directRules, marks, items };
}

const streams: fc.Arbitrary<Timed[]> = fc
  .array(fc.record({ gap: gaps, content: contents }), { minLength: 1, maxLength: 20 })
  .map((steps) => {
    let clock = NOON;
    const made = steps.map(({ gap, content }) => ({ content, at: (clock += gap) }));
    const times = made.map(({ at }) => at);
    // known before: of whom there is but a confidential event, it is known that there is something
    const first = recordOf({ type: 'risk-event', kind: 'staff_note' }, 'first', NOON);
    return [
      { record: first, at: NOON },
      ...recordsOf(made).map((record, i) => ({ record, at: times[i] ?? clock })),
    ];
  });

describe('what is told openly', () => {
  it('is what it would be without any confidential event, but for the grade (P-6)', () => {
    let compared = 0;
    fc.assert(
      fc.property(streams, (stream) => {
        const at = stream.at(-1)?.at ?? NOON;
        const { state: all } = play(stream, () => false);
        const { state: without } = play(stream, isConfidential);
        if (all === undefined || without === undefined) return;
        if (stream.some(({ record }) => isConfidential(record))) compared += 1;
        const openly = told(all, at, 'open');
        const { items = [], ...rest } = told(without, at, 'full');
        const { items: openItems = [], ...openRest } = openly;
        expect(openRest).toEqual(rest);
        expect(openItems.map(({ id, score, missing }) => [id, score, missing])).toEqual(
          items.map(({ id, score, missing }) => [id, score, missing]),
        );
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  it('is the same wherever the grades are the same, whatever was confidential (P-6)', () => {
    let compared = 0;
    fc.assert(
      fc.property(streams, (stream) => {
        const all = play(stream, () => false);
        const other = play(stream, isConfidential);
        if (JSON.stringify(all.grades) !== JSON.stringify(other.grades)) return;
        compared += 1;
        expect(open(all.outputs)).toEqual(open(other.outputs));
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  const profile = { customerKind: 'natural', agentKind: 'none' };
  const later = (content: Content, id: string, at: number): Timed => ({
    at,
    record: recordOf(content, id, at),
  });
  const filed = (n: number, at: number): Timed =>
    later(
      { type: 'risk-event', kind: 'str_filed', strId: `canary-${n}`, role: 'subject' },
      `canary-event-${n}`,
      at,
    );
  const reported: readonly Timed[] = [
    later({ type: 'profile-change', set: profile }, 'p-1', NOON),
    later({ type: 'profile-change', set: { birthDate: 0 } }, 'p-2', NOON + 2 * MS_PER_DAY),
    filed(1, NOON + 3 * MS_PER_DAY),
    filed(2, NOON + 4 * MS_PER_DAY),
    filed(3, NOON + 5 * MS_PER_DAY),
  ];

  it('names no report of a suspicious transaction; the whole goes to those who may know', () => {
    const { outputs } = play(reported, () => false);
    const names = /canary|str_filed|strs|X-H4|X-L4|alertsClosed/i;
    expect(JSON.stringify(open(outputs))).not.toMatch(names);
    const full = outputs.flatMap(({ kind, record }) => (kind === 'restricted' ? [record] : []));
    expect(full.map(({ content }) => content).join('\n')).toMatch(/X-H4/);
    for (const { kind, content, openHash } of full) {
      expect(JSON.parse(content)).toMatchObject({ customer: 'c-1' });
      const records: unknown[] = open(outputs);
      if (kind === 'rating' && openHash !== null) {
        expect(records.map((record) => hashOf(record as Json))).toContain(openHash);
      }
      if (kind !== 'grade-change') continue;
      const change = JSON.parse(content) as GradeChange;
      expect(change.hash).toBe(openHash);
      expect(changes(outputs).map(({ hash }) => hash)).toContain(openHash);
    }
  });

  it('is one chain of hashes, over the open form', () => {
    const told = changes(play(reported, () => false).outputs);
    let before: string | null = null;
    for (const { hash, ...rest } of told) {
      expect(rest.previousHash).toBe(before);
      expect(hashOf(rest as unknown as Json)).toBe(hash);
      before = hash;
    }
  });

  it('is remembered with the state', () => {
    const { state } = play(reported, () => false);
    if (state === undefined) throw new Error('no state');
    const { basis, openBasis } = state.published;
    expect(basis).toBe('direct-highest');
    const again = decodeState(methodology, encodeState(methodology, state));
    expect(again.published).toMatchObject({ basis, openBasis });
  });
});

const hashOf = (value: Json): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');
