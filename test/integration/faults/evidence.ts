import { createHash } from 'node:crypto';
import type { Output } from '@tidemark/rating/grading/publish';
import type { Decoded } from '@tidemark/rating/decoded';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { InputRecord, Journal } from '@tidemark/schemas/records';

/** A committed record, as a client that is not ours has read it. */
export interface Kept {
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
}

/** All that is left of one partition when the load is over and everything has come to rest. */
export interface PartitionEvidence {
  readonly partition: number;
  readonly journal: readonly Kept[];
  /** By topic without prefix, global topics included. */
  readonly inputs: ReadonlyMap<string, readonly Kept[]>;
  readonly outputs: ReadonlyMap<string, readonly Kept[]>;
  /** The copy of the states. */
  readonly states: {
    readonly watermark: number | undefined;
    /** All that there are, also those of keys that no record has. */
    readonly blobs: ReadonlyMap<string, StoredBlob>;
    /** The due index, tombstones included. */
    readonly due: ReadonlyMap<string, StoredDue>;
  };
}

export interface StoredBlob {
  readonly step: number;
  readonly bytes: Uint8Array | undefined;
}

export interface StoredDue {
  /** UTC milliseconds; Infinity: never. */
  readonly dueAt: number;
  readonly removed: boolean;
}

/** How records are written: in JSON in memory, in Avro on Kafka. */
export interface Form {
  readonly journal: (value: Buffer) => Journal;
  readonly input: (topic: string, value: Buffer, globals: RatingGlobals) => Decoded<InputRecord>;
  readonly takeGlobal: (
    globals: RatingGlobals,
    topic: string,
    value: Buffer,
  ) => Decoded<RatingGlobals>;
  /** The bytes of an output without what the wire puts before them. */
  readonly output: (output: Output) => Uint8Array;
  /** Takes off what the wire puts before the bytes. */
  readonly content: (value: Buffer) => Buffer;
  /** The fields of a published record. */
  readonly published: (topic: string, value: Buffer) => Readonly<Record<string, unknown>>;
}

export const sha256 = (data: Uint8Array | string): string =>
  createHash('sha256').update(data).digest('hex');

/** Several tests of one run may fail for one reason: a finding says where, without customer data. */
export interface Findings {
  readonly all: string[];
  readonly add: (oracle: Oracle, what: string) => void;
  readonly equal: (oracle: Oracle, what: string, actual: unknown, expected: unknown) => void;
}

export type Oracle = 'journal' | 'inputs' | 'outputs' | 'sequence' | 'states' | 'convergence';

/** What is told of a run that is altogether wrong. */
const FINDINGS_MAX = 50;

export function newFindings(partition: number): Findings {
  const all: string[] = [];
  const add: Findings['add'] = (oracle, what) => {
    if (all.length < FINDINGS_MAX) all.push(`${oracle}: partition ${partition}, ${what}`);
  };
  return {
    all,
    add,
    equal: (oracle, what, actual, expected) => {
      if (Object.is(actual, expected)) return;
      add(oracle, `${what}: ${textOf(actual)} instead of ${textOf(expected)}`);
    },
  };
}

const textOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
};
