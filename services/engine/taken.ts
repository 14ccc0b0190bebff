import { PartitionStopped } from './errors';
import { loadKeys } from './key-states';
import type { Decoded } from './machine';
import type { LogRecord, Origin } from './ports';
import type { Executor } from './step';
import { cannotTake } from './stops';

/** The verdict on a record that is passed over by order: it is not even read. */
export const SKIPPED = 'skipped';
const PASSED_OVER = { ok: false, code: SKIPPED, field: null, reason: SKIPPED } as const;

/** A record of a slice, decoded. */
export interface Taken<Input> extends Origin {
  readonly verdict: Verdict<Input>;
}

/** What is taken is the work at once: there is one for each record. */
export type Verdict<Input> =
  | {
      readonly ok: true;
      readonly kind: 'record';
      readonly input: Input;
      /** The very text under which its state is kept, if it is in memory: looked up the faster. */
      key: string;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly field: string | null;
      readonly reason: string;
    };

/**
 * Decodes records and brings the states of their keys into memory.
 * @param refused of a replay: the verdicts that the journal holds, by offset; they are obeyed
 */
export async function prepare<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  topic: string,
  records: readonly LogRecord[],
  refused?: ReadonlyMap<number, string>,
): Promise<Taken<Input>[]> {
  const taken = records.map((record): Taken<Input> => {
    const code = refused?.get(record.offset);
    const verdict = code === SKIPPED ? PASSED_OVER : verdictOn(executor, topic, record);
    if (code !== undefined) return { topic, record, verdict: refusedBefore(code, verdict) };
    if (refused === undefined) return { topic, record, verdict: withRoom(executor, verdict) };
    if (verdict.ok) return { topic, record, verdict };
    throw new PartitionStopped(
      `${topic}/${executor.partition}@${record.offset} was taken once and this build refuses it (${verdict.code}): run the build that took it`,
      { reason: 'version' },
    );
  });
  const { cached } = executor.keys;
  const absent = new Set<string>();
  for (const { verdict } of taken) {
    if (!verdict.ok) continue;
    const entry = cached.get(verdict.key);
    if (entry === undefined) {
      absent.add(verdict.key);
      continue;
    }
    entry.used = true;
    verdict.key = entry.key;
  }
  if (absent.size > 0) await loadKeys(executor, absent);
  return taken;
}

function verdictOn<State, Input, Output, Globals>(
  { machine, globals, partition }: Executor<State, Input, Output, Globals>,
  topic: string,
  { value, offset }: LogRecord,
): Verdict<Input> {
  try {
    const decoded = machine.decode(topic, value, globals);
    if (!decoded.ok) return decoded;
    const input = decoded.value;
    return { ok: true, kind: 'record', input, key: machine.keyOf(input) };
  } catch (cause) {
    throw cannotTake(topic, partition, offset, cause);
  }
}

/** Of a live record: whether the state of its key has room for it. The journal notes the verdict. */
function withRoom<State, Input, Output, Globals>(
  { keys: { large }, stateBytesMax }: Executor<State, Input, Output, Globals>,
  verdict: Verdict<Input>,
): Verdict<Input> {
  if (large.size === 0 || !verdict.ok || !large.has(verdict.key)) return verdict;
  const reason = `what is kept of this key has grown over ${stateBytesMax} bytes: it takes nothing more until some of it is out of date`;
  return { ok: false, code: 'state-too-large', field: null, reason };
}

/** The verdict is the journal's; its words are this build's, where it says the same. */
export const refusedBefore = (
  code: string,
  now: Decoded<unknown> | Verdict<unknown>,
): Extract<Decoded<never>, { readonly ok: false }> =>
  !now.ok && now.code === code ? now : { ok: false, code, field: null, reason: code };
