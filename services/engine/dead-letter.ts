import type { DeadLetter } from '@tidemark/schemas/records';
import { sha256 } from './journal';
import type { Refusal } from './machine';
import { addTo } from './measures';
import type { Origin } from './ports';
import type { Executor, Step } from './step';

export const DEAD_LETTERS = 'dead-letters';

/** Tells who can mend it of a record that was refused. */
export function addDeadLetter<State, Input, Output, Globals>(
  { partition, machine }: Executor<State, Input, Output, Globals>,
  step: Step,
  { code, field, reason }: Pick<Refusal<Input>, 'code' | 'field' | 'reason'>,
  key: string,
  origin: Origin,
): void {
  const { topic, record } = origin;
  const source = { topic, partition, offset: record.offset };
  const letter: DeadLetter = { reason, code, source, field, payload: textOf(record.value) };
  const encoded = machine.encodeLetter?.(letter, record.value);
  const value = encoded ?? Buffer.from(JSON.stringify(letter));
  step.entries.push({
    topic: DEAD_LETTERS,
    key,
    kind: 'dead-letter',
    sequence: null,
    digest: sha256(`${topic}@${record.offset}:${code}`),
  });
  step.outputs.push({ topic: DEAD_LETTERS, key, value, origin });
  addTo(step.measured.letters, code);
  step.outputBytes += value.length;
}

/** A record that had waited in a state and is refused when its time has come. */
export function waiting<Input>(step: Step, { input }: Refusal<Input>): Origin {
  const value = Buffer.from(JSON.stringify(input));
  return { topic: 'waiting', record: { offset: step.number, value } };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(value: Uint8Array): string {
  try {
    return utf8.decode(value);
  } catch {
    return Buffer.from(value).toString('base64');
  }
}
