import type { ProducedRecord } from '@tidemark/engine/adapters/kafka/kafka';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import { keyedRecord } from '@tidemark/engine/adapters/kafka/topic-writer';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { InputRecord } from '@tidemark/schemas/records';
import { inputTopicOf, type Wire } from './wire';
import { VALUE_BYTES_MAX } from './wire-codec';

/** Where records go to. */
export interface WireTo {
  readonly names: TopicNames;
  readonly partitions: number;
  readonly wire: Wire;
}

/** Why a record is refused that `producedInput` cannot make. */
export const TOO_LONG = {
  code: 'record-too-long',
  field: null,
  reason: `expected at most ${VALUE_BYTES_MAX} bytes in Avro`,
} as const;

/** A checked record as every producer of ours sends it; undefined: it is too long. */
export function producedInput(
  { names, partitions, wire }: WireTo,
  record: InputRecord,
): ProducedRecord | undefined {
  const value = wire.encodeInput(record);
  if (value.length > VALUE_BYTES_MAX) return undefined;
  const key = customerMachine.keyOf(record);
  return keyedRecord(names, partitions, { topic: inputTopicOf(record), key, value });
}
