import {
  Failure,
  Fenced,
  PartitionStopped,
  PositionGone,
  StateLost,
} from '@tidemark/engine/errors';

/** An error whose message is made for people, and holds no customer data. */
export class ClusterFault extends Error {
  override readonly name: string = 'ClusterFault';
}

const OURS = [ClusterFault, Failure, Fenced, PartitionStopped, PositionGone, StateLost];

/** What may be told of an error: of one that is not ours the name alone, its message may hold a record. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  if (OURS.some((kind) => error instanceof kind)) return error.message;
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name;
}
