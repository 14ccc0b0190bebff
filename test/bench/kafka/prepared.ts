import { setTimeout as pause } from 'node:timers/promises';
import { partitionOf } from '@tidemark/engine/partitioner';
import { messageOf, PARTITIONS, type Message } from './broker-tools';
import { customerAt, keyOf, type Stream } from './events';

/**
 * Messages made before a load begins: whoever makes them meanwhile takes the time of those who are
 * measured on the same machine. They are kept as bytes, or the collector would take it.
 */
export interface Prepared {
  /** The i-th of them, from 0 on. */
  readonly at: (i: number) => Message;
}

/** Made at once: what else goes on in the process waits so long. */
const CHUNK_EVENTS = 1_000;

export interface Selection {
  readonly stream: Stream;
  /** Number of the first event. */
  readonly from: number;
  readonly count: number;
  readonly schemaId: number;
}

/** @param now of the events of a chunk, UTC milliseconds */
export async function prepareMessages(
  { stream, from, count, schemaId }: Selection,
  now: () => number,
): Promise<Prepared> {
  const chunks: Buffer[] = [];
  const ends = new Uint32Array(count);
  for (let first = 0; first < count; first += CHUNK_EVENTS) {
    const occurredAt = Math.floor(now());
    const values: Buffer[] = [];
    let end = 0;
    for (let i = first; i < Math.min(count, first + CHUNK_EVENTS); i += 1) {
      const { value } = messageOf(stream, from + i, schemaId, occurredAt);
      values.push(value);
      end += value.length;
      ends[i] = end;
    }
    chunks.push(Buffer.concat(values));
    await pause(0);
  }
  return {
    at: (i) => {
      const chunk = chunks[Math.floor(i / CHUNK_EVENTS)];
      if (chunk === undefined || i >= count) throw new Error(`no message ${i} was made`);
      const begin = i % CHUNK_EVENTS === 0 ? 0 : ends[i - 1];
      const key = keyOf(customerAt(stream, from + i));
      const partition = partitionOf(key, PARTITIONS);
      return { key, value: chunk.subarray(begin, ends[i]), partition };
    },
  };
}
