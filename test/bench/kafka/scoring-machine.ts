import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';
import type { Context, Decision, Machine, Work } from '@tidemark/engine/machine';
import { schemaOf } from '@tidemark/schemas/avro';
import type { Transaction } from '@tidemark/schemas/records';
import { framed, unframed } from './events';
import {
  fold,
  gradeFor,
  gradeOf,
  newState,
  readScoringTable,
  sequenceOf,
  setGrade,
  type ScoredEvent,
  type ScoringState,
  type ScoringTable,
} from './scoring';

/** The folder of the sources, from the sources as from what they are compiled to. */
export const FOLDER = __dirname.replace(/[\\/]dist[\\/].*$/, '');
export const TABLE_FILE = join(FOLDER, 'scoring-table.csv');
export const CHANGE_SCHEMA_FILE = join(FOLDER, 'scoring-change.avsc');

export type ScoringEvent = ScoredEvent & Pick<Transaction, 'id' | 'institution' | 'customer'>;

export interface ScoringChange {
  readonly institution: string;
  readonly customer: string;
  readonly sequence: number;
  readonly previousGrade: number;
  readonly grade: number;
  readonly total: number;
  readonly occurredAt: number;
  readonly eventId: string;
}

const typeOf = (schema: unknown): Type => Type.forSchema(schema as never, { wrapUnions: false });

/** Decodes a transaction with the schema that it was written with, and nothing more. */
export function eventDecoder(): (value: Uint8Array) => ScoringEvent {
  const type = typeOf(structuredClone(schemaOf('transaction')));
  return (value) => type.fromBuffer(unframed(value)) as ScoringEvent;
}

export const changeType = (): Type => typeOf(JSON.parse(readFileSync(CHANGE_SCHEMA_FILE, 'utf8')));

const VERSION = '1';
const SCHEMA_ID = 1;

/** The simple scoring of the benchmark as a machine of the engine: it takes transactions, all of them. */
export function scoringMachine(
  table: ScoringTable = readScoringTable(TABLE_FILE),
): Machine<ScoringState, ScoringEvent, ScoringChange, null> {
  const decodeEvent = eventDecoder();
  const change = changeType();
  return {
    build: 'bench',
    decode: (_topic, value) => ({ ok: true, value: decodeEvent(value) }),
    keyOf: ({ institution, customer }) => `${institution}:${customer}`,
    timeOf: ({ occurredAt }) => occurredAt,
    initialGlobals: null,
    takeGlobal: (globals) => ({ ok: true, value: globals }),
    versionAt: () => VERSION,
    decide: (state, work, context) => decide(table, state, work, context),
    tickAt: (instant) => instant,
    encodeState: (state) => {
      const bytes = Buffer.allocUnsafe(state.byteLength);
      bytes.set(new Uint8Array(state.buffer, state.byteOffset, state.byteLength));
      return bytes;
    },
    // copied: the bytes may lie anywhere in a buffer that others use
    decodeState: (bytes) => new Float64Array(new Uint8Array(bytes).buffer),
    describe: (output) => ({
      topic: 'grade-changes',
      kind: 'grade-change',
      key: `${output.institution}:${output.customer}`,
      sequence: output.sequence,
      named: JSON.stringify(output),
      published: `${output.sequence},${output.grade}`,
    }),
    encodeOutput: (output) => framed(SCHEMA_ID, change.toBuffer(output)),
    adopt: (state, published) => {
      for (const one of published) {
        const [sequence = 0, grade = 0] = one.split(',').map(Number);
        setGrade(state, grade, sequence);
      }
      return state;
    },
  };
}

function decide(
  table: ScoringTable,
  previous: ScoringState | undefined,
  work: Work<ScoringEvent>,
  _context: Context<null>,
): Decision<ScoringState, ScoringEvent, ScoringChange> {
  const state = previous ?? newState(table);
  if (work.kind !== 'record') return keeping(state, work.kind, NONE);
  const { input } = work;
  const total = fold(table, state, input);
  const grade = gradeFor(table, total);
  const previousGrade = gradeOf(state);
  if (grade === previousGrade) return keeping(state, work.kind, NONE);
  const sequence = sequenceOf(state) + 1;
  setGrade(state, grade, sequence);
  const { institution, customer, occurredAt, id: eventId } = input;
  const output = { institution, customer, sequence, previousGrade, grade, total };
  return keeping(state, work.kind, [{ ...output, occurredAt, eventId }]);
}

const NONE: readonly never[] = [];

const keeping = (
  state: ScoringState,
  outcome: string,
  outputs: readonly ScoringChange[],
): Decision<ScoringState, ScoringEvent, ScoringChange> => ({
  state,
  outputs,
  outcome,
  refusals: NONE,
  dueAt: Infinity,
});
