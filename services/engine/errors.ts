/** Another owner has taken the partition over: this one stops, without harm. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** For long it has not been sure that the partition is still this owner's: whoever assigns them is asked. */
export class Unsure extends Error {
  override readonly name = 'Unsure';
}

/**
 * A position that is needed does not exist: the log was cut, or is another one. Nothing may be
 * guessed here; a person decides.
 */
export class PositionGone extends Error {
  override readonly name = 'PositionGone';
  constructor(
    readonly topic: string,
    readonly wanted: number,
    readonly first: number,
    readonly next: number,
  ) {
    super(
      `position ${wanted} of ${topic} is gone: it holds ${first} to ${next}. Restore the log, or begin a new generation`,
    );
  }
}

/**
 * What kind of help a stopped partition needs. record: the machine cannot take one, it can be passed over.
 * clock: times have to be set right. data: what is stored is lost, altered or another's. version: another
 * build has to run.
 */
export type StopReason = 'record' | 'clock' | 'data' | 'version' | 'other';

/** Where a record of a partition stands. */
export interface RecordPlace {
  readonly topic: string;
  readonly offset: number;
}

interface StopOptions extends ErrorOptions {
  readonly reason?: StopReason;
  readonly place?: RecordPlace;
}

/** The partition cannot go on by itself; the message says where and what to do, without customer data. */
export class PartitionStopped extends Error {
  override readonly name: string = 'PartitionStopped';
  readonly reason: StopReason;
  /** The record that the machine cannot take, where that is the reason. */
  readonly place: RecordPlace | undefined;

  constructor(message: string, { reason = 'other', place, ...options }: StopOptions = {}) {
    super(message, options);
    this.reason = reason;
    this.place = place;
  }
}

/** What was read is not what the journal says was read or published. */
export class Altered extends PartitionStopped {
  override readonly name = 'Altered';
  override readonly reason = 'data';
}

/** A server or a connection has failed. The message is made for people: it holds no record and no key. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

/** A state that must be there is not: the copy is rebuilt. */
export class StateLost extends Error {
  override readonly name = 'StateLost';
}

/** A recovery was asked to stop before its end. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** Errors of ours: their messages are made for people and hold no customer data. */
const OURS = [Failure, Fenced, Unsure, PartitionStopped, PositionGone, StateLost];

/** What may be told of an error: of one that is not ours the name alone, its message may hold a record. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  if (OURS.some((kind) => error instanceof kind)) return error.message;
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
}

/** The code of an error of the system or of a library (ENOENT, ERR_OSSL_...); undefined where it has none. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
