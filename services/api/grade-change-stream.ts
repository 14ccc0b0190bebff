import type { TopicLog } from '@tidemark/engine/ports';
import type { Engine } from '@tidemark/processor/engine';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import type { GradeChange } from '@tidemark/schemas/records';
import { formatPositions, type Positions } from './positions';

export interface StreamOptions {
  readonly from: Positions;
  /** Only changes to this grade or a higher one. */
  readonly gradeMin: number;
  /** Without an event for so long, a comment says that the connection lives, milliseconds. */
  readonly heartbeatMs: number;
  /** Ends the stream. */
  readonly signal: AbortSignal;
}

/** Memory of a stream: what is read of one partition at once. */
const READ = { records: 500, bytes: 1 << 18 };
const RETRY_MS = 1_000;
/** A wait that is given up runs on: it may not keep a process that ends. */
const WAIT_MS_MAX = 1_000;

/**
 * Grade changes as server-sent events, from a position on and then as they come. Each event's id is
 * the position after it, so a reader that comes back with it misses none and sees none twice. The
 * next part is read when the last one is taken: a slow reader costs no memory.
 * @throws PositionGone when the outputs do not reach back that far
 */
export async function* gradeChangeStream(
  engine: Engine,
  { from, gradeMin, heartbeatMs, signal }: StreamOptions,
): AsyncGenerator<string> {
  const positions = [...from];
  const logs = positions.map((_, partition) => engine.outputs(partition));
  const wait = waiter(logs, positions, Math.min(heartbeatMs, WAIT_MS_MAX), signal);
  let sentAt = performance.now();
  // An id without data is no event, but a reader takes it for the place to come back to.
  const mark = (): string => `id: ${formatPositions(positions)}\n\n`;
  yield `retry: ${RETRY_MS}\n${mark()}`;
  while (!signal.aborted) {
    let isRead = false;
    for (const [partition, log] of logs.entries()) {
      const at = positions[partition] ?? 0;
      const { records, next } = await log.read(GRADE_CHANGES, at, READ);
      if (next === at) continue;
      isRead = true;
      let text = '';
      for (const { offset, value } of records) {
        positions[partition] = offset + 1;
        const data = Buffer.from(value).toString('utf8');
        if (gradeMin > 1 && gradeOf(data) < gradeMin) continue;
        text += `id: ${formatPositions(positions)}\nevent: grade-change\ndata: ${data}\n\n`;
      }
      positions[partition] = next;
      if (text === '') continue;
      yield text;
      sentAt = performance.now();
    }
    if (isRead || signal.aborted) continue;
    if (performance.now() - sentAt >= heartbeatMs) {
      yield `:\n${mark()}`;
      sentAt = performance.now();
    }
    await wait();
  }
}

/** Where the stream stands now. */
export async function positionsNow(engine: Engine): Promise<Positions> {
  return Promise.all(
    Array.from({ length: engine.partitions }, async (_, partition) => {
      const { next } = await engine.outputs(partition).bounds(GRADE_CHANGES);
      return next;
    }),
  );
}

/** Where the stream begins. */
export async function firstPositions(engine: Engine): Promise<Positions> {
  return Promise.all(
    Array.from({ length: engine.partitions }, async (_, partition) => {
      const { first } = await engine.outputs(partition).bounds(GRADE_CHANGES);
      return first;
    }),
  );
}

/** Whether the outputs hold what comes after a position. */
export async function isWithin(engine: Engine, positions: Positions): Promise<boolean> {
  for (const [partition, position] of positions.entries()) {
    const { first, next } = await engine.outputs(partition).bounds(GRADE_CHANGES);
    if (position < first || position > next) return false;
  }
  return true;
}

function gradeOf(data: string): number {
  const change: GradeChange = JSON.parse(data);
  return change.grade;
}

/**
 * Answers how to wait until one of the logs has more, `waitMs` is over, or the stream ends. (A race
 * of promises would keep something for every turn until the stream ends.)
 */
function waiter(
  logs: readonly TopicLog[],
  positions: readonly number[],
  waitMs: number,
  signal: AbortSignal,
): () => Promise<void> {
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake(), { once: true });
  // One wait a partition at a time: of a busy one the others' would heap up.
  const waiting = new Set<number>();
  const begin = (log: TopicLog, partition: number): void => {
    if (waiting.has(partition)) return;
    waiting.add(partition);
    const over = (): void => {
      waiting.delete(partition);
      wake();
    };
    // What is wrong with the log, the next reading of it says.
    log.changed(new Map([[GRADE_CHANGES, positions[partition] ?? 0]]), waitMs).then(over, over);
  };
  return () =>
    new Promise((resolve) => {
      wake = resolve;
      if (signal.aborted) resolve();
      logs.forEach(begin);
    });
}
