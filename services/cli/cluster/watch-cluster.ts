import { wireJsonLog } from '@tidemark/processor/wire-json';
import { formatPositions, parsePositions } from '@tidemark/api/positions';
import type { TopicLog } from '@tidemark/engine/ports';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import type { GradeChange } from '@tidemark/schemas/records';
import { UsageFault } from '../exit';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';

/** What is watched for, and who is told. */
export interface Watch {
  readonly gradeMin: number;
  /** `now`, `beginning`, or a place that was told before. */
  readonly since: string;
  readonly count: number;
  readonly show: (change: GradeChange, data: string) => void;
  /** After some were shown. @returns whether anybody still looks */
  readonly shown: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

const READ = { records: 500, bytes: 1 << 20 };
/** A signal is noticed within this. */
const WAIT_MS = 500;

/**
 * Shows committed grade changes of all partitions as they come.
 * @returns the place to go on from
 */
export const watchCluster = (options: ClusterOptions, watch: Watch): Promise<string> =>
  withCluster(options, [GRADE_CHANGES], async ({ partitions, wire, log }) => {
    const logs = Array.from({ length: partitions }, (_, partition) =>
      wireJsonLog(log(partition), wire),
    );
    const positions = await begin(logs, watch.since);
    await follow(logs, positions, watch);
    return formatPositions(positions);
  });

async function begin(logs: readonly TopicLog[], since: string): Promise<number[]> {
  const bounds = await Promise.all(logs.map((log) => log.bounds(GRADE_CHANGES)));
  if (since === 'now') return bounds.map(({ next }) => next);
  if (since === 'beginning') return bounds.map(({ first }) => first);
  const positions = parsePositions(since, logs.length);
  if (positions === undefined) {
    throw new UsageFault(
      `--since: '${since}' is no place of these ${logs.length} partitions; write now, beginning, or what an earlier watch told`,
    );
  }
  const isKept = positions.every((at, partition) => {
    const { first, next } = bounds[partition] ?? { first: 0, next: 0 };
    return first <= at && at <= next;
  });
  if (!isKept) {
    throw new UsageFault('--since: that place is not kept any more; write beginning, or now');
  }
  return [...positions];
}

/** @param positions is moved on with what was shown */
async function follow(
  logs: readonly TopicLog[],
  positions: number[],
  { gradeMin, count, show, shown, signal }: Watch,
): Promise<void> {
  const wait = waiter(logs, positions);
  let left = count;
  for (;;) {
    let isRead = false;
    for (const [partition, log] of logs.entries()) {
      const at = positions[partition] ?? 0;
      const { records, next } = await log.read(GRADE_CHANGES, at, READ);
      isRead ||= next > at;
      for (const { offset, value } of records) {
        const data = Buffer.from(value).toString('utf8');
        const change: GradeChange = JSON.parse(data);
        positions[partition] = offset + 1;
        if (change.grade < gradeMin) continue;
        show(change, data);
        left -= 1;
        if (left <= 0) return void (await shown());
      }
      positions[partition] = next;
    }
    if (!(await shown()) || signal.aborted) return;
    if (!isRead) await wait();
  }
}

/** Answers how to wait until one of the logs has more; a wait that goes on is not begun again. */
function waiter(logs: readonly TopicLog[], positions: readonly number[]): () => Promise<void> {
  const waits: (Promise<void> | undefined)[] = logs.map(() => undefined);
  const begun = (log: TopicLog, partition: number): Promise<void> => {
    const position = new Map([[GRADE_CHANGES, positions[partition] ?? 0]]);
    const made = log.changed(position, WAIT_MS).finally(() => {
      waits[partition] = undefined;
    });
    waits[partition] = made;
    return made;
  };
  return () =>
    Promise.race(logs.map((log, partition) => waits[partition] ?? begun(log, partition)));
}
