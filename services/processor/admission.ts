import type { TopicWriter } from '@tidemark/engine/ports';
import { partitionOf } from '@tidemark/engine/partitioner';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { DeadLetter, InputRecord } from '@tidemark/schemas/records';
import type { Verdict } from './engine';
import type { Parts } from './in-flight';
import { EVENTS, REFUSED } from './topics';

/** Events by the partition that decides about them, and the dead letters of the others. */
export interface Sorted {
  readonly verdicts: Verdict[];
  /** By partition; each in the order of arrival. */
  readonly events: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly letters: readonly Uint8Array[];
}

/**
 * Checks events as the partition will, before anything is stored.
 * @param from where they come from; a letter names it and the event's place, from 1
 * @param places of each event, where they are a part of what came
 */
export function sortEvents(
  values: readonly Uint8Array[],
  globals: RatingGlobals,
  partitions: number,
  from: string,
  places?: readonly number[],
): Sorted {
  const verdicts: Verdict[] = [];
  const events = new Map<number, Uint8Array[]>();
  const letters: Uint8Array[] = [];
  values.forEach((value, index) => {
    const judged = judgeEvent(value, globals, { file: from, line: places?.[index] ?? index + 1 });
    verdicts.push(judged.verdict);
    if (!judged.ok) {
      letters.push(Buffer.from(JSON.stringify(judged.letter)));
      return;
    }
    const partition = partitionOf(customerMachine.keyOf(judged.record), partitions);
    const others = events.get(partition);
    if (others === undefined) events.set(partition, [value]);
    else others.push(value);
  });
  return { verdicts, events, letters };
}

export type Judged =
  | { readonly ok: true; readonly verdict: Verdict; readonly record: InputRecord }
  | { readonly ok: false; readonly verdict: Verdict; readonly letter: DeadLetter };

/**
 * Checks an event as its partition will.
 * @param source where it came from, for its letter
 */
export function judgeEvent(
  value: Uint8Array,
  globals: RatingGlobals,
  source: DeadLetter['source'],
): Judged {
  const decoded = customerMachine.decode(EVENTS, value, globals);
  if (decoded.ok) {
    const { value: record } = decoded;
    return { ok: true, record, verdict: { accepted: true, id: record.id } };
  }
  const { code, field, reason } = decoded;
  const { text, id } = asText(value);
  const letter: DeadLetter = { reason, code, source, field, payload: text };
  return { ok: false, letter, verdict: { accepted: false, id, code, field, reason } };
}

/** All that is to be stored, by partition. @param lettersTo partition of the dead letters */
export function partsOf({ events, letters }: Sorted, lettersTo: number): Parts {
  if (letters.length === 0) return events;
  return new Map(events).set(lettersTo, [...(events.get(lettersTo) ?? []), ...letters]);
}

/** Makes them durable. @throws what a writer throws; then any part of them may be durable */
export async function storeEvents(
  { events, letters }: Sorted,
  writerOf: (partition: number) => TopicWriter,
  lettersTo: TopicWriter,
  written: (partition: number, next: number) => void,
): Promise<void> {
  const appends = [...events].map(async ([partition, values]) => {
    const first = await writerOf(partition).append(EVENTS, values);
    written(partition, first + values.length);
  });
  if (letters.length > 0) {
    appends.push(lettersTo.append(REFUSED, letters).then(() => undefined));
  }
  // All of them end before anything is said: a failed one does not leave the others in the air.
  for (const outcome of await Promise.allSettled(appends)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ID_LENGTH_MAX = 200;

/** The event as a dead letter keeps it, and its id as far as there is one. */
function asText(value: Uint8Array): { readonly text: string; readonly id: string | null } {
  let text: string;
  try {
    text = utf8.decode(value);
  } catch {
    return { text: Buffer.from(value).toString('base64'), id: null };
  }
  try {
    const parsed: unknown = JSON.parse(text);
    const named = typeof parsed === 'object' && parsed !== null && 'id' in parsed;
    const id = named && typeof parsed.id === 'string' ? parsed.id : '';
    return { text, id: id === '' || id.length > ID_LENGTH_MAX ? null : id };
  } catch {
    return { text, id: null };
  }
}
