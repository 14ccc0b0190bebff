import { digest, type Json } from '@tidemark/rating/canonical';
import { rateInFull, decide } from '@tidemark/rating/customer';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { methodologyOf } from '@tidemark/rating/in-force/in-force';
import type { CustomerState } from '@tidemark/rating/state';
import type { InputRecord } from '@tidemark/schemas/records';
import type { Findings, Form, PartitionEvidence } from './evidence';
import { foldPartition, type Fold } from './fold';

/** What was counted while all of it was compared; a run in which nothing happened proves nothing. */
export interface Judged {
  /** One sentence each; none: the run is right. */
  readonly findings: readonly string[];
  readonly records: number;
  readonly steps: number;
  readonly owners: number;
  readonly gradeChanges: number;
  readonly customers: number;
  readonly refused: ReadonlyMap<string, readonly number[]>;
}

/**
 * The oracles over what is left of a partition:
 *
 * 1. The journal, folded in its own order, brings just what was published (nothing missing, nothing
 *    twice, in order) and just the states that are stored.
 * 2. Every committed input record is in one slice, up to the end of its topic; sequences are contiguous,
 *    each grade change has the hash of the one before.
 * 3. The records of each customer, without the journal and in another order, give the same grade.
 */
export function judge(evidence: PartitionEvidence, form: Form): Judged {
  const fold = foldPartition(evidence, form);
  checkInputs(evidence, fold);
  checkOutputs(evidence, form, fold);
  checkSequences(evidence, form, fold.findings);
  checkStates(evidence, fold);
  checkConvergence(fold);
  return {
    findings: fold.findings.all,
    records: fold.records,
    steps: fold.step + 1,
    owners: fold.owners,
    gradeChanges: evidence.outputs.get('grade-changes')?.length ?? 0,
    customers: fold.customers.size,
    refused: fold.refused,
  };
}

/** Nothing that was committed to an input topic is left. */
function checkInputs({ inputs }: PartitionEvidence, { positions, findings }: Fold): void {
  for (const [topic, records] of inputs) {
    const last = records.at(-1)?.offset ?? -1;
    const position = positions.get(topic) ?? -1;
    if (position <= last) findings.add('inputs', `${topic} is read up to ${position} of ${last}`);
  }
}

function checkOutputs({ outputs }: PartitionEvidence, form: Form, fold: Fold): void {
  const { add, equal } = fold.findings;
  for (const [topic, actual] of outputs) {
    const expected = fold.outputs.filter((output) => output.topic === topic);
    equal('outputs', `records of ${topic}`, actual.length, expected.length);
    let differing = 0;
    expected.forEach(({ key, value }, i) => {
      const record = actual[i];
      if (record === undefined) return;
      const isSame = value === undefined || Buffer.compare(form.content(record.value), value) === 0;
      if (record.key !== key || !isSame) differing += 1;
    });
    if (differing > 0) add('outputs', `${differing} records of ${topic} are not what follows`);
  }
}

/** Read from the published records alone. */
function checkSequences({ outputs }: PartitionEvidence, form: Form, findings: Findings): void {
  const last = new Map<string, { readonly sequence: number; readonly hash: unknown }>();
  for (const { key, offset, value } of outputs.get('grade-changes') ?? []) {
    const { hash, ...content } = form.published('grade-changes', value);
    const before = last.get(key) ?? { sequence: 0, hash: null };
    const at = `grade-changes@${offset}`;
    findings.equal('sequence', `${at}: sequence`, content['sequence'], before.sequence + 1);
    findings.equal('sequence', `${at}: previous hash`, content['previousHash'], before.hash);
    findings.equal('sequence', `${at}: hash`, hash, digest(content as Json));
    last.set(key, { sequence: Number(content['sequence']), hash });
  }
}

function checkStates({ states }: PartitionEvidence, fold: Fold): void {
  const { add } = fold.findings;
  // an owner that is stopped while it takes over leaves the copy as it was: complete, but for its own note
  const { watermark = -1 } = states;
  if (watermark < fold.lastWork || watermark > fold.step) {
    add('states', `watermark: ${watermark} instead of ${fold.lastWork} to ${fold.step}`);
  }
  const { globals, version, clock } = fold;
  const wrong = { missing: 0, step: 0, bytes: 0 };
  for (const [key, { state, step }] of fold.customers) {
    const stored = states.blobs.get(key);
    if (state === undefined) continue;
    if (stored?.bytes === undefined) wrong.missing += 1;
    else if (stored.step !== step) wrong.step += 1;
    else {
      const bytes = customerMachine.encodeState(state, { globals, version, asOf: clock });
      if (Buffer.compare(stored.bytes, bytes) !== 0) wrong.bytes += 1;
    }
  }
  if (wrong.missing > 0) add('states', `${wrong.missing} states are missing`);
  if (wrong.step > 0) add('states', `${wrong.step} states are of another step`);
  if (wrong.bytes > 0) add('states', `${wrong.bytes} states have other contents`);
  let unknown = 0;
  for (const key of states.blobs.keys()) if (!fold.customers.has(key)) unknown += 1;
  if (unknown > 0) add('states', `${unknown} states were never decided`);
  checkDue(states, fold);
}

/** The due index says when a state is looked at again: just those that are there, each at its instant. */
function checkDue({ blobs, due }: PartitionEvidence['states'], fold: Fold): void {
  const wrong = { ghosts: 0, missing: 0, instant: 0 };
  for (const [key, { dueAt, removed }] of due) {
    const customer = fold.customers.get(key);
    if (customer === undefined || removed !== (customer.state === undefined)) wrong.ghosts += 1;
    else if (!removed && !Object.is(dueAt, customer.dueAt)) wrong.instant += 1;
  }
  const live = [...fold.customers].filter(([, { state }]) => state !== undefined);
  for (const key of new Set([...live.map(([of]) => of), ...blobs.keys()])) {
    if (!due.has(key)) wrong.missing += 1;
  }
  const { add } = fold.findings;
  if (wrong.ghosts > 0) add('states', `${wrong.ghosts} keys of the due index are not what is left`);
  if (wrong.missing > 0) add('states', `${wrong.missing} keys are not in the due index`);
  if (wrong.instant > 0) add('states', `${wrong.instant} states are due at another instant`);
}

/** The same facts in the order in which they happened, at one clock: the same calculated grade. */
function checkConvergence({ customers, taken, globals, version, clock, findings }: Fold): void {
  if (version === '') return;
  const methodology = methodologyOf(globals, version);
  let differing = 0;
  for (const [key, records] of taken) {
    const state = customers.get(key)?.state;
    const alone = ofRecords([...records].sort(byTime));
    if (textOf(state) !== textOf(alone)) differing += 1;
  }
  if (differing > 0) findings.add('convergence', `${differing} customers are rated otherwise`);

  function ofRecords(records: readonly InputRecord[]): CustomerState | undefined {
    let state: CustomerState | undefined;
    for (const record of records) {
      state = decide(state, { kind: 'record', record }, { methodology, asOf: clock }).state;
    }
    return state;
  }

  /** Of what is calculated; what was published depends on the order, as it should. */
  function textOf(state: CustomerState | undefined): string {
    if (state === undefined) return '';
    const rating = rateInFull(methodology, state, clock);
    return `${rating?.calculatedGrade} ${rating?.score} ${rating?.directRules.join()}`;
  }
}

const byTime = (a: InputRecord, b: InputRecord): number =>
  a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : 1);
