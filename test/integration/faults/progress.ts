import { join } from 'node:path';
import { end, run, scratchFolder, until, whenDone } from '../cluster/processes';

/** When steps were committed, seen by the second client while it happens. */
export interface Progress {
  /** Resolves when every partition has committed a step after this instant (UTC milliseconds). */
  readonly allMoveAfter: (instant: number, withinMs: number) => Promise<void>;
  /** The longest time without a step of any partition that ended after an instant, up to another. */
  readonly longestGapSince: (instant: number, last?: number) => Gap;
}

export interface Gap {
  readonly partition: number;
  readonly ms: number;
  readonly endedAt: number;
}

/** A broker that is gone must not keep it from the others. */
const IMPATIENT = [
  'reconnect.backoff.ms=50',
  'reconnect.backoff.max.ms=200',
  'topic.metadata.refresh.interval.ms=1000',
  'topic.metadata.refresh.fast.interval.ms=100',
  'fetch.wait.max.ms=100',
  'fetch.error.backoff.ms=50',
  'isolation.level=read_committed',
];

/** Follows the journal; its records have the brokers' time, which is this machine's. */
export function followJournal(bootstrap: string, topic: string, partitions: number): Progress {
  const times = Array.from({ length: partitions }, (): number[] => []);
  const folder = scratchFolder('follower');
  const follower = run({
    command: 'kcat',
    args: [
      ...['-C', '-b', bootstrap, '-t', topic, '-o', 'beginning', '-u', '-q', '-E'],
      ...IMPATIENT.flatMap((setting) => ['-X', setting]),
      ...['-f', '%p %T %S\n'],
    ],
    cwd: folder,
    log: join(folder, 'kcat.log'),
    line: (line) => {
      const [partition = -1, time = NaN, bytes = 0] = line.split(' ').map(Number);
      // what an owner begins with has no value, and is no step
      if (bytes > 0) times[partition]?.push(time);
    },
  });
  whenDone(() => end(follower));
  const lastOf = (own: readonly number[]): number => own.at(-1) ?? -Infinity;
  return {
    allMoveAfter: (instant, withinMs) =>
      until(
        'every partition has committed a step since',
        () => times.every((own) => lastOf(own) > instant),
        { withinMs, running: follower },
      ),
    longestGapSince: (instant, last = Infinity) => {
      let longest: Gap = { partition: 0, ms: 0, endedAt: instant };
      times.forEach((own, partition) => {
        const first = Math.max(
          1,
          own.findIndex((time) => time > instant),
        );
        for (let i = first; i < own.length; i += 1) {
          const endedAt = own[i] ?? 0;
          const ms = endedAt - (own[i - 1] ?? endedAt);
          if (endedAt > last) break;
          if (endedAt > instant && ms > longest.ms) longest = { partition, ms, endedAt };
        }
      });
      return longest;
    },
  };
}
