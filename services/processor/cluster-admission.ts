import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import type { ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { DeadLetter } from '@tidemark/schemas/records';
import { judgeEvent } from './admission';
import type { Verdict } from './engine';
import { producedInput, TOO_LONG, type WireTo } from './wire-input';
import { overWire } from './wire-machine';

/** What came, judged, as it goes to Kafka. */
export interface Admitted {
  readonly verdicts: Verdict[];
  readonly records: readonly ProducedRecord[];
  /** By partition, what is to be written there. */
  readonly parts: ReadonlyMap<number, readonly Uint8Array[]>;
}

/** No partition decides about what was refused: its letters are all in one place. */
const LETTERS_TO = 0;

/**
 * Checks events as the partitions will, and puts them into Avro.
 * @param from where they come from; a letter names it and the event's place, from 1
 * @param places of each event, where they are a part of what came
 */
export function admitToCluster(
  values: readonly Uint8Array[],
  globals: RatingGlobals,
  to: WireTo,
  from: string,
  places?: readonly number[],
): Admitted {
  const verdicts: Verdict[] = [];
  const records: ProducedRecord[] = [];
  const letterOf = letterTo(to);
  values.forEach((value, index) => {
    const source = { file: from, line: places?.[index] ?? index + 1 };
    const judged = judgeEvent(value, globals, source);
    const produced = judged.ok ? producedInput(to, judged.record) : undefined;
    if (produced !== undefined) {
      verdicts.push(judged.verdict);
      records.push(produced);
    } else if (judged.ok) {
      const { id } = judged.record;
      verdicts.push({ accepted: false, id, ...TOO_LONG });
      const payload = Buffer.from(value).toString('utf8');
      records.push(letterOf({ ...TOO_LONG, source, payload }, value));
    } else {
      verdicts.push(judged.verdict);
      records.push(letterOf(judged.letter, value));
    }
  });
  return { verdicts, records, parts: partsOf(records) };
}

function letterTo({ names, wire }: WireTo) {
  const { topic } = names.of(DEAD_LETTERS);
  const { encodeLetter } = overWire(wire);
  return (letter: DeadLetter, value: Uint8Array): ProducedRecord => ({
    ...{ topic, partition: LETTERS_TO, key: null },
    value: encodeLetter(letter, value),
  });
}

function partsOf(records: readonly ProducedRecord[]): Map<number, Uint8Array[]> {
  const parts = new Map<number, Uint8Array[]>();
  for (const { partition, value } of records) {
    if (value === null) continue;
    const others = parts.get(partition);
    if (others === undefined) parts.set(partition, [value]);
    else others.push(value);
  }
  return parts;
}
