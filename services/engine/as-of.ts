import type { Journal } from '@tidemark/schemas/records';
import type { Context, Machine } from './machine';
import { replayStep } from './replay';
import { freshExecutor, wholeJournal, type Evidence } from './verify';
import type { JournalEntry } from './ports';

/** What was known of a key at a time, and how it came about. */
export interface AsOf<State, Input, Output, Globals> {
  /** Undefined: nothing was known of it yet. */
  readonly state: State | undefined;
  /** At the time asked for. */
  readonly context: Context<Globals>;
  /** Every decision about the key up to then, in order. */
  readonly trail: readonly Trace<Input, Output>[];
  /** Whether the journal reaches the time. */
  readonly isReached: boolean;
}

export interface Trace<Input, Output> {
  readonly step: number;
  /** UTC milliseconds. */
  readonly asOf: number;
  readonly kind: 'record' | 'tick' | 'sweep';
  /** Where `kind` is record. */
  readonly input: Input | undefined;
  readonly outcome: string;
  readonly outputs: readonly Output[];
}

/**
 * Runs the journal again for one key up to a time: what was known then and what had been published
 * (design, section 2). Facts that arrived later are not in it, whatever their date.
 * @param asOf UTC milliseconds
 */
export async function replayAsOf<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  evidence: Pick<Evidence, 'inputs' | 'ledger'>,
  wanted: { readonly partition: number; readonly key: string; readonly asOf: number },
  progress: (records: number) => void = () => undefined,
): Promise<AsOf<State, Input, Output, Globals>> {
  const trail: Trace<Input, Output>[] = [];
  /** `isCut`: a decision of the step was left out, because it came later than the time asked for. */
  const current = { step: 0, isCut: false };
  const one: Machine<State, Input, Output, Globals> = {
    ...machine,
    decide: (state, work, context) => {
      if (work.kind === 'record' && machine.keyOf(work.input) !== wanted.key) return NOTHING;
      if (context.asOf > wanted.asOf) {
        current.isCut = true;
        return { ...NOTHING, state };
      }
      const decision = machine.decide(state, work, context);
      const input = work.kind === 'record' ? work.input : undefined;
      const { outcome, outputs } = decision;
      trail.push({
        step: current.step,
        asOf: context.asOf,
        kind: work.kind,
        input,
        outcome,
        outputs,
      });
      return decision;
    },
    // of a step that is cut only the part before the cut was published by then
    adopt: (state, published, mine) => {
      if (!current.isCut) return machine.adopt(state, published, mine);
      return mine.length === 0
        ? state
        : machine.adopt(state, published.slice(0, mine.length), mine);
    },
  };
  const executor = freshExecutor(one, wanted.partition);
  // what is left out lacks its state, and nobody misses it
  const findings = {
    differs: (): void => undefined,
    lacks: (): void => undefined,
    adopted: new Map(),
  };
  let before: JournalEntry | undefined;
  let records = 0;
  let isReached = false;
  for await (const entry of wholeJournal(evidence.ledger)) {
    const { record } = entry;
    isReached ||= record.clock >= wanted.asOf;
    if (isAfter(record, before?.record, wanted.asOf)) break;
    Object.assign(current, { step: record.step, isCut: false });
    await replayStep(executor, evidence.inputs, before, entry, findings);
    for (const { count } of record.slices) records += count;
    progress(records);
    before = entry;
  }
  const { globals, version } = executor;
  const state = executor.keys.cached.get(wanted.key)?.state;
  return { state, context: { globals, version, asOf: wanted.asOf }, trail, isReached };
}

/** Records of one step have times of their own: it may begin before a time and end after it. */
const isAfter = (record: Journal, before: Journal | undefined, asOf: number): boolean =>
  record.kind === 'records' || record.kind === 'skip'
    ? (before?.clock ?? Number.NEGATIVE_INFINITY) > asOf
    : record.clock > asOf;

/** Other keys, and what came later, leave no trace. */
const NOTHING = {
  state: undefined,
  outputs: [],
  refusals: [],
  dueAt: Number.POSITIVE_INFINITY,
  outcome: 'other',
} as const;
