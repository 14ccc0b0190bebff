import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { PartitionStopped } from '../../../errors';
import { committedOnly } from './aborted';
import { BadBatch, batchesIn, type Batch } from './batch';
import { uncompressed } from './batch-compression';
import { saidOf } from './errors';
import { extend, notify, type Cursor } from './fetch-cursor';
import type { Answered } from './fetch-request';

/** What an answer comes to for those who read the partition. */
export type Taken =
  | { readonly kind: 'read' }
  | { readonly kind: 'out-of-range' }
  /** To be tried again, with another broker where the leader has moved. */
  | { readonly kind: 'missed'; readonly why: string; readonly elsewhere: boolean };

/** Consecutive answers that could not be read, until the partition is given up. */
const BAD_ANSWERS = 3;
const OFFSET_OUT_OF_RANGE = 1;

/** A stretch of offsets, with its committed records if there are any. */
interface Stretch {
  readonly end: number;
  readonly batch: Batch | undefined;
}

/**
 * Gives what was fetched from an offset to all who read on from there.
 * @param first the partition stood first in the request: a batch, if there was one, was given
 */
export async function takeAnswer(
  answer: Answered,
  from: number,
  readers: () => readonly Cursor[],
  first: boolean,
): Promise<Taken> {
  if (answer.errorCode === OFFSET_OUT_OF_RANGE) {
    for (const cursor of readers()) {
      cursor.outOfRange = true;
      notify(cursor);
    }
    return { kind: 'out-of-range' };
  }
  if (answer.errorCode !== 0) {
    const why = saidOf(createErrorFromCode(answer.errorCode));
    return { kind: 'missed', why, elsewhere: true };
  }
  try {
    const stretches = await stretchesIn(answer);
    const isGap = first && answer.section.length === 0 && answer.lastStableOffset > from;
    if (isGap) stretches.push({ end: answer.lastStableOffset, batch: undefined });
    for (const cursor of readers()) extendBy(cursor, stretches, answer.lastStableOffset);
    return { kind: 'read' };
  } catch (error) {
    if (!(error instanceof BadBatch)) throw error;
    return missedBy(readers(), answer, error);
  }
}

/** Without the part that was cut, or is not committed. */
async function stretchesIn({ section, aborted }: Answered): Promise<Stretch[]> {
  if (section.length === 0) return [];
  // what a slow reader keeps must not keep the answer of many partitions with it
  const isMost = 2 * section.length > section.buffer.byteLength;
  const batches = batchesIn(isMost ? section : Buffer.from(section));
  const committed = committedOnly(batches, aborted);
  return Promise.all(
    batches.map(async (batch, i) => ({
      end: batch.lastOffset + 1,
      batch: committed[i] === true && batch.count > 0 ? await uncompressed(batch) : undefined,
    })),
  );
}

function extendBy(cursor: Cursor, stretches: readonly Stretch[], stable: number): void {
  for (const { end, batch } of stretches) if (end > cursor.position) extend(cursor, end, batch);
  cursor.stable = stable;
  cursor.misses = 0;
  notify(cursor);
}

function missedBy(cursors: readonly Cursor[], answer: Answered, error: BadBatch): Taken {
  for (const cursor of cursors) {
    if (cursor.misses < BAD_ANSWERS - 1) continue;
    cursor.failed = new PartitionStopped(
      `${answer.topic}, partition ${answer.partition}: ${error.message}`,
    );
    notify(cursor);
  }
  return { kind: 'missed', why: error.message, elsewhere: false };
}
