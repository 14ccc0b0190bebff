import type { ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import { partitionOf } from '@tidemark/engine/partitioner';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { DeadLetter, InputRecord } from '@tidemark/schemas/records';
import { judgeEvent } from './admission';
import type { Connections } from './cluster-connections';
import type { Verdict } from './engine';
import { DEAD_LETTERS } from './topics';
import { inputTopicOf } from './wire';
import { VALUE_BYTES_MAX } from './wire-codec';
import { overWire } from './wire-machine';

/** What came, judged, as it goes to Kafka. */
export interface Admitted {
  readonly verdicts: Verdict[];
  readonly records: readonly ProducedRecord[];
  /** By partition, what is to be written there. */
  readonly parts: ReadonlyMap<number, readonly Uint8Array[]>;
}

type To = Pick<Connections, 'names' | 'wire' | 'partitions'>;

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
  to: To,
  from: string,
  places?: readonly number[],
): Admitted {
  const verdicts: Verdict[] = [];
  const records: ProducedRecord[] = [];
  const letterOf = letterTo(to);
  values.forEach((value, index) => {
    const source = { file: from, line: places?.[index] ?? index + 1 };
    const judged = judgeEvent(value, globals, source);
    const produced = judged.ok ? recordTo(to, judged.record) : undefined;
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

const TOO_LONG = {
  code: 'record-too-long',
  field: null,
  reason: `expected at most ${VALUE_BYTES_MAX} bytes in Avro`,
} as const;

/** Undefined: it is too long. */
function recordTo(
  { names, wire, partitions }: To,
  record: InputRecord,
): ProducedRecord | undefined {
  const value = wire.encodeInput(record);
  if (value.length > VALUE_BYTES_MAX) return undefined;
  const key = customerMachine.keyOf(record);
  const { topic } = names.of(inputTopicOf(record));
  return { topic, partition: partitionOf(key, partitions), key, value };
}

function letterTo({ names, wire }: To) {
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
