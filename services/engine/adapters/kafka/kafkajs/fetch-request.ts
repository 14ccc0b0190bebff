import type { Exchange } from 'kafkajs/src/protocol/requests';
import fetchRequest from 'kafkajs/src/protocol/requests/fetch/v11/request';
import type { TopicPartition } from '../kafka';
import type { Aborted } from './aborted';

/** Where to read a partition on. */
export interface Asked extends TopicPartition {
  readonly from: number;
}

/** What a broker says of one partition. */
export interface Answered extends TopicPartition {
  /** 0: none. */
  readonly errorCode: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly Aborted[];
  /** Record batches, the last one perhaps cut; a part of the whole answer. */
  readonly section: Buffer;
}

export interface FetchLimits {
  /** How long the broker waits for a first byte. */
  readonly waitMs: number;
  /** About so many in all: a first batch is always given. */
  readonly bytes: number;
  readonly partitionBytes: number;
}

export const FETCH_KEY = 1;
export const FETCH_VERSION = 11;

/**
 * One fetch of committed records, with the answer left in its bytes: kafkajs would make ten objects of
 * each record. Partitions are served in the order given, so that a small limit starves the later ones.
 */
export function fetchExchange(
  asked: readonly Asked[],
  { waitMs, bytes, partitionBytes }: FetchLimits,
): Exchange<readonly Answered[]> {
  return {
    request: fetchRequest({
      replicaId: -1,
      isolationLevel: 1,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: bytes,
      topics: asked.map(({ topic, partition, from }) => ({
        topic,
        partitions: [{ partition, fetchOffset: from, maxBytes: partitionBytes }],
      })),
    }),
    response: {
      decode: (payload) => Promise.resolve(answersIn(payload)),
      parse: (answers) => Promise.resolve(answers),
    },
  };
}

interface Reading {
  readonly bytes: Buffer;
  at: number;
}

/**
 * Fetch response, version 11: throttle i32, error i16, session i32, then for each topic its name and for
 * each partition: partition i32, error i16, high watermark i64, last stable offset i64, log start i64,
 * aborted [producer i64, first offset i64], preferred replica i32, records.
 */
export function answersIn(payload: Buffer): readonly Answered[] {
  const reading: Reading = { bytes: payload, at: 10 };
  const answers: Answered[] = [];
  for (let topics = int32(reading); topics > 0; topics -= 1) {
    const topic = text(reading);
    for (let partitions = int32(reading); partitions > 0; partitions -= 1) {
      answers.push(partitionOf(reading, topic));
    }
  }
  return answers;
}

function partitionOf(reading: Reading, topic: string): Answered {
  const partition = int32(reading);
  const errorCode = reading.bytes.readInt16BE(reading.at);
  reading.at += 2 + 8;
  const lastStableOffset = int64(reading);
  reading.at += 8;
  const aborted: Aborted[] = [];
  for (let left = int32(reading); left > 0; left -= 1) {
    aborted.push({ producerId: int64(reading), firstOffset: int64(reading) });
  }
  reading.at += 4;
  const length = Math.max(0, int32(reading));
  const section = reading.bytes.subarray(reading.at, reading.at + length);
  reading.at += length;
  return { topic, partition, errorCode, lastStableOffset, aborted, section };
}

function int32(reading: Reading): number {
  reading.at += 4;
  return reading.bytes.readInt32BE(reading.at - 4);
}

function int64(reading: Reading): number {
  const high = int32(reading);
  return high * 2 ** 32 + (int32(reading) >>> 0);
}

function text(reading: Reading): string {
  const length = reading.bytes.readInt16BE(reading.at);
  reading.at += 2 + length;
  return reading.bytes.toString('utf8', reading.at - length, reading.at);
}
