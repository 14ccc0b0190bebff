import { createHash } from 'node:crypto';
import type { Context, Decision, Decoded, Machine, Refusal, Work } from '@tidemark/engine/machine';
import { rulesAt, rulesOf, takeRules, type ToyGlobals } from './toy-rules';

/**
 * The smallest machine that uses all that the engine offers: a sum over a sliding window, graded by
 * thresholds and factors of a version; duplicates, late and future records, refusals, removal of a
 * key by time alone; a published sequence with a hash chain.
 */
export type ToyMachine = Machine<ToyState, ToyInput, ToyOutput, ToyGlobals>;

export interface ToyInput {
  readonly id: string;
  readonly key: string;
  /** When it happened, UTC milliseconds. */
  readonly at: number;
  /** void: refused as soon as its time has come. bomb: breaks the machine. */
  readonly kind: 'a' | 'b' | 'void' | 'bomb';
  readonly amount: number;
}

/** What a bomb makes of the machine. */
export class ToyBroken extends Error {
  override readonly name = 'ToyBroken';
}

type Fact = Pick<ToyInput, 'at' | 'kind' | 'amount'>;

export interface ToyState {
  readonly key: string;
  /** By id: what counts now or will. */
  readonly facts: Record<string, Fact>;
  /** The live grade; 0 before the first version, and where nothing counts. */
  calculated: number;
  /** The version by which it was calculated. */
  version: string;
  published: Published;
}

interface Published {
  /** 0: nothing yet. */
  readonly sequence: number;
  readonly grade: number;
  readonly hash: string | null;
}

export interface ToyOutput extends Published {
  readonly kind: 'grade' | 'alarm';
  readonly key: string;
  /** Id of a record, or the kind of work. */
  readonly cause: string;
  readonly version: string;
  readonly asOf: number;
  readonly previousGrade: number;
  readonly previousHash: string | null;
}

const MINUTE_MS = 60_000;
/** A record counts so long. */
export const WINDOW_MS = 30 * MINUTE_MS;
/** How far in the future a record may be dated. */
export const TOLERANCE_MS = 2 * MINUTE_MS;
/** In event time ticks are taken at multiples of this. */
export const GRID_MS = 10 * MINUTE_MS;
export const AMOUNT_MAX = 1_000;
export const INPUT_TOPICS = ['moves', 'marks'] as const;
export const GLOBAL_TOPICS = ['rules', 'factors'] as const;
export const BUILDS = ['toy-1', 'toy-2', 'toy-3'] as const;
/** Keys that begin so stay for ever; others go when nothing of them counts any more. */
const LASTING = 'p';
const ALARM_GRADE = 4;

/** @param build 'toy-N': each grades a little otherwise */
export function toyMachine(build: string): ToyMachine {
  const shift = 20 * (Number(build.split('-')[1]) - 1);
  return {
    build,
    decode: (_topic, value) => decodeInput(value),
    keyOf: (input) => input.key,
    timeOf: (input) => input.at,
    initialGlobals: { rules: [], factors: [] },
    takeGlobal: takeRules,
    versionAt: (globals, clock) => rulesAt(globals, clock).version,
    decide: (state, work, context) => decide(shift, state, work, context),
    tickAt: toyTickAt,
    encodeState: (state) => Buffer.from(JSON.stringify(state)),
    decodeState: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as ToyState,
    describe: ({ kind, key, sequence, grade, hash, previousGrade, previousHash }) => ({
      topic: `${kind}s`,
      kind,
      key,
      sequence: kind === 'grade' ? sequence : null,
      named: JSON.stringify([kind, key, sequence, grade]),
      published:
        kind === 'grade'
          ? JSON.stringify({ sequence, grade, hash, previousGrade, previousHash })
          : null,
    }),
    encodeOutput: (output) => Buffer.from(JSON.stringify(output)),
    adopt: (state, published, mine) => ({
      ...state,
      // without `mine`: what stood before this build's first output of the step
      published: after(published.at(-1)) ?? before(mine[0]) ?? state.published,
    }),
  };
}

type PublishedText = Pick<
  ToyOutput,
  'sequence' | 'grade' | 'hash' | 'previousGrade' | 'previousHash'
>;

function after(text: string | undefined): Published | undefined {
  if (text === undefined) return undefined;
  const { sequence, grade, hash } = JSON.parse(text) as PublishedText;
  return { sequence, grade, hash };
}

function before(text: string | undefined): Published | undefined {
  if (text === undefined) return undefined;
  const { sequence, previousGrade, previousHash } = JSON.parse(text) as PublishedText;
  return { sequence: sequence - 1, grade: previousGrade, hash: previousHash };
}

export const toyTickAt = (instant: number): number => Math.ceil(instant / GRID_MS) * GRID_MS;

function decodeInput(value: Uint8Array): Decoded<ToyInput> {
  try {
    const input = JSON.parse(Buffer.from(value).toString()) as ToyInput;
    if (typeof input.key === 'string') return { ok: true, value: input };
  } catch {
    // refused below
  }
  return { ok: false, code: 'undecodable', field: null, reason: 'this is no toy record' };
}

/** What a decision brings, while it is being made. */
interface Change {
  readonly shift: number;
  readonly context: Context<ToyGlobals>;
  readonly outputs: ToyOutput[];
  readonly refusals: Refusal<ToyInput>[];
}

function decide(
  shift: number,
  before: ToyState | undefined,
  work: Work<ToyInput>,
  context: Context<ToyGlobals>,
): Decision<ToyState, ToyInput, ToyOutput> {
  const change: Change = { shift, context, outputs: [], refusals: [] };
  const state = before ?? newState(work);
  // first the clock: what time alone has done is never laid to the record
  settle(state, work.kind === 'sweep' ? work.cause : 'tick', change);
  let outcome: string = work.kind;
  if (work.kind === 'record') {
    outcome = take(state, work.input, change);
    settle(state, work.input.id, change);
  }
  const { outputs, refusals } = change;
  const gone = !state.key.startsWith(LASTING) && Object.keys(state.facts).length === 0;
  return gone
    ? { state: undefined, outputs, refusals, dueAt: Infinity, outcome }
    : { state, outputs, refusals, dueAt: dueAt(state, context.asOf), outcome };
}

function newState(work: Work<ToyInput>): ToyState {
  if (work.kind !== 'record') throw new Error(`a ${work.kind} of a key without a state`);
  const published = { sequence: 0, grade: 0, hash: null };
  return { key: work.input.key, facts: {}, calculated: 0, version: '', published };
}

function take(state: ToyState, input: ToyInput, change: Change): string {
  const { asOf } = change.context;
  const { id, at, kind, amount } = input;
  if (kind === 'bomb') throw new ToyBroken('the toy cannot bear this record');
  const code = faultOf(state, input, asOf);
  if (code !== undefined) {
    change.refusals.push({ code, field: null, reason: `the toy says ${code}`, input });
    return 'refused';
  }
  if (Object.hasOwn(state.facts, id)) return 'duplicate';
  if (at <= asOf - WINDOW_MS) return 'late';
  state.facts[id] = { at, kind, amount };
  return 'applied';
}

function faultOf(state: ToyState, input: ToyInput, asOf: number): string | undefined {
  if (input.at > asOf + TOLERANCE_MS) return 'future';
  if (input.amount > AMOUNT_MAX) return 'amount';
  const known = Object.hasOwn(state.facts, input.id) ? state.facts[input.id] : undefined;
  const { at, kind, amount } = known ?? input;
  if (at !== input.at || kind !== input.kind || amount !== input.amount) {
    return 'conflicting-duplicate';
  }
  return undefined;
}

/** Moves a state to the clock and publishes what has changed. */
function settle(state: ToyState, cause: string, change: Change): void {
  const { asOf, globals, version } = change.context;
  for (const [id, fact] of Object.entries(state.facts)) {
    if (fact.at <= asOf - WINDOW_MS) delete state.facts[id];
    else if (fact.kind === 'void' && fact.at <= asOf) {
      delete state.facts[id];
      const input: ToyInput = { id, key: state.key, ...fact };
      change.refusals.push({ code: 'void', field: null, reason: 'the toy says void', input });
    }
  }
  state.version = version;
  state.calculated = gradeOf(state, rulesOf(globals, version), asOf, change.shift);
  if (state.calculated !== state.published.grade) publish(state, cause, change);
}

function gradeOf(
  { facts }: ToyState,
  { version, thresholds, of }: ReturnType<typeof rulesOf>,
  asOf: number,
  shift: number,
): number {
  const counted = Object.values(facts).filter(({ at }) => at <= asOf);
  if (version === '' || counted.length === 0) return 0;
  const sum = counted.reduce((total, { kind, amount }) => total + amount * (of[kind] ?? 1), shift);
  return 1 + thresholds.filter((threshold) => sum >= threshold).length;
}

function publish(state: ToyState, cause: string, change: Change): void {
  const { key, calculated: grade, version } = state;
  const { asOf } = change.context;
  const sequence = state.published.sequence + 1;
  const { grade: previousGrade, hash: previousHash } = state.published;
  const content = { key, sequence, grade, cause, version, asOf, previousGrade, previousHash };
  const hash = hashOf(content);
  state.published = { sequence, grade, hash };
  change.outputs.push({ kind: 'grade', ...content, hash });
  if (grade >= ALARM_GRADE) change.outputs.push({ kind: 'alarm', ...content, hash });
}

/** The link of the chain: over all that a grade record says but the hash itself. */
export const hashOf = (content: Omit<ToyOutput, 'hash' | 'kind'>): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

function dueAt({ facts }: ToyState, asOf: number): number {
  let due = Infinity;
  for (const { at } of Object.values(facts)) due = Math.min(due, at > asOf ? at : at + WINDOW_MS);
  return due;
}
