import { pause } from '@tidemark/engine/pause';
import { printable } from '@tidemark/schemas/printable';
import type { GradeChange } from '@tidemark/schemas/records';
import { InvalidArgumentError, type Command } from 'commander';
import {
  addConnectionOptions,
  connectionOf,
  pauseMs,
  refusalOf,
  type Connection,
  type ConnectionOptions,
} from '../client/connection';
import { eventReader } from '../client/event-stream';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { watchCluster } from '../cluster/watch-cluster';
import { EXIT, say } from '../exit';
import type { AddCommand } from '../main';
import { openOutput, type LineWriter } from '../output';
import { stopSignal } from '../server/stop-signal';

interface WatchOptions extends ConnectionOptions, ClusterOptions {
  readonly gradeMin: number;
  readonly since: string;
  readonly count: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark watch --since beginning --count 10
  $ tidemark watch --grade-min 4 --since beginning --count 1 --json

Runs until it is stopped, or has seen --count changes. When the server goes away it comes back to the
place where it was: no change is missed or printed twice. On a terminal a change is a line for people,
elsewhere JSON; the place to go on from is told on stderr at the end.
${CLUSTER_HELP}`;

export const addWatch: AddCommand = (program, finish) => {
  const command = program.command('watch').description('print grade changes as they happen');
  addClusterOptions(addConnectionOptions(command))
    .option('--grade-min <n>', 'only changes to this grade or a higher one', whole, 1)
    .option('--since <place>', 'now, beginning, or the place that an earlier watch told', 'now')
    .option('--count <n>', 'end after so many changes', whole, Infinity)
    .option('--json', 'JSON Lines on a terminal too')
    .addHelpText('after', EXAMPLES)
    .action(async (options: WatchOptions, self: Command) => {
      const inCluster = isCluster(self, ['url', 'tokenFile']);
      await watch(options, inCluster ? undefined : connectionOf(options));
      finish(EXIT.ok);
    });
};

const whole = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a whole number from 1.');
};

/** @param connection undefined: it is about a cluster */
async function watch(options: WatchOptions, connection: Connection | undefined): Promise<void> {
  const stop = stopSignal();
  const output = openOutput('-');
  const inJson = options.json === true || !process.stdout.isTTY;
  const show: Show = (change, data) => output.line(inJson ? data : changeLine(change));
  const shown = async (): Promise<boolean> => {
    await output.flush();
    return !output.closed();
  };
  let place: string;
  try {
    if (connection === undefined) {
      place = await watchCluster(options, { ...options, show, shown, signal: stop.signal });
    } else place = await watchServer(connection, options, show, output, stop.signal);
    await output.end();
  } finally {
    stop.dispose();
  }
  say(`go on with --since ${place}`);
}

type Show = (change: GradeChange, data: string) => void;

/** @returns the place to go on from */
async function watchServer(
  connection: Connection,
  options: WatchOptions,
  show: Show,
  output: LineWriter,
  signal: AbortSignal,
): Promise<string> {
  const seen: Seen = { place: options.since, left: options.count };
  let attempt = 0;
  while (!signal.aborted && seen.left > 0 && !output.closed()) {
    const response = await connected(connection, options.gradeMin, seen.place, signal);
    if (response?.ok === true) {
      if (attempt > 0) say('connected again');
      attempt = 0;
      await follow(response, seen, show, output);
    } else if (response !== undefined && response.status !== 503 && response.status !== 429) {
      throw await refusalOf(response);
    }
    if (signal.aborted || seen.left <= 0 || output.closed()) break;
    if (attempt === 0) say(`the server at ${connection.url} is away; trying again`);
    await pause(pauseMs(attempt, response?.headers.get('retry-after')), signal);
    attempt += 1;
  }
  return seen.place;
}

interface Seen {
  /** Where to go on. */
  place: string;
  /** So many changes are still wanted. */
  left: number;
}

async function connected(
  { url, headers }: Connection,
  gradeMin: number,
  place: string,
  signal: AbortSignal,
): Promise<Response | undefined> {
  const query = new URLSearchParams({ since: place, gradeMin: String(gradeMin) });
  try {
    return await fetch(`${url}/v1/grade-changes?${query.toString()}`, { headers, signal });
  } catch {
    return undefined;
  }
}

/** Shows changes until the stream ends, for whatever reason. */
async function follow(
  { body }: Response,
  seen: Seen,
  show: Show,
  output: LineWriter,
): Promise<void> {
  if (body === null) return;
  const reader = eventReader();
  const decoder = new TextDecoder();
  const stream = body.getReader();
  while (seen.left > 0 && !output.closed()) {
    // An error is the server that has gone, or the signal: the caller goes on from the last place.
    const { done, value } = await stream.read().catch(() => OVER);
    if (done) return;
    for (const { id, type, data } of reader.take(decoder.decode(value, { stream: true }))) {
      seen.place = id;
      if (type !== 'grade-change') continue;
      show(JSON.parse(data), data);
      seen.left -= 1;
      if (seen.left <= 0) break;
    }
    if (seen.left > 0) seen.place = reader.lastEventId() || seen.place;
    await output.flush();
  }
  await stream.cancel().catch(() => undefined);
}

const OVER = { done: true, value: undefined } as const;

const REASONS_SHOWN = 4;

/** One line a change: when, who, from which grade to which, why. */
function changeLine(change: GradeChange): string {
  const { institution, customer, grade, previousGrade, direction, basis, score, cause } = change;
  const arrow = { initial: '*', up: '▲', down: '▼' }[direction];
  const why = change.reasons
    .slice(0, REASONS_SHOWN)
    .map(({ code, from, to }) => `${code} ${from ?? '-'}→${to ?? '-'}`)
    .join(' ');
  const at = new Date(change.occurredAt).toISOString();
  const how = basis === 'scored' ? '' : ` ${basis}`;
  const reasons = direction === 'initial' ? '' : `  ${why}`;
  const line = `${at}  ${arrow} ${institution}:${customer}  ${previousGrade ?? '-'} → ${grade}  R ${score}${how}  ${cause.kind}${reasons}`;
  return printable(line);
}
