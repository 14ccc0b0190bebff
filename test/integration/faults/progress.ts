import { join } from 'node:path';
import { end, run, scratchFolder, until, whenDone } from '../cluster/processes';

/** When steps took something in, seen by the second client while it happens. */
export interface Progress {
  /** Resolves when every partition has taken something in after this instant (UTC milliseconds). */
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

/** A record as kcat tells it; bytes that are no text are lost. */
interface Told {
  readonly partition: number;
  readonly ts: number;
  readonly payload: string | null;
}

const KIND = /genesis|owner|records|tick|sweep|version|skip/;
/** Before it: the frame, the name of the application, numbers. */
const KIND_WITHIN = 200;

/** That a process took over is no work yet; what an owner begins with has no value. */
function isWork(payload: string | null): boolean {
  const [kind] = KIND.exec(payload?.slice(0, KIND_WITHIN) ?? '') ?? [];
  return kind !== undefined && kind !== 'genesis' && kind !== 'owner';
}

/** Follows the journal; its records have the brokers' time, which is this machine's. */
export function followJournal(bootstrap: string, topic: string, partitions: number): Progress {
  const times = Array.from({ length: partitions }, (): number[] => []);
  const folder = scratchFolder('follower');
  const follower = run({
    command: 'kcat',
    args: [
      ...['-C', '-b', bootstrap, '-t', topic, '-o', 'beginning', '-u', '-q', '-E'],
      ...IMPATIENT.flatMap((setting) => ['-X', setting]),
      '-J',
    ],
    cwd: folder,
    log: join(folder, 'kcat.log'),
    line: (line) => {
      const { partition, ts, payload } = JSON.parse(line) as Told;
      if (isWork(payload)) times[partition]?.push(ts);
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
