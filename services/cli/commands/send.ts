import { InvalidArgumentError, type Command } from 'commander';
import { addConnectionOptions, connectionOf, type ConnectionOptions } from '../client/connection';
import { sendLines, type RefusedLine, type SendLines } from '../client/send-lines';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { sendingToCluster } from '../cluster/send-cluster';
import { EXIT, say } from '../exit';
import { lineBatches, openInput, type Line } from '../lines';
import type { AddCommand } from '../main';
import { grouped, progress } from '../progress';

interface SendOptions extends ConnectionOptions, ClusterOptions {
  readonly wait: number;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark send events.jsonl
  $ cat events.jsonl | tidemark send - --quiet

Accepted events are durable when this ends. Sent again they change nothing: after a failure, send the
whole file once more. Exit code 1: some events were refused; stderr names their lines.
${CLUSTER_HELP}
Then events are checked here and go to the topics of their kinds; schemas are looked up, never
registered.`;

export const addSend: AddCommand = (program, finish) => {
  const command = program
    .command('send')
    .description('send events to a running server, or to a cluster')
    .argument('<file|->', 'events as JSON Lines (.gz too), - for standard input');
  addClusterOptions(addConnectionOptions(command))
    .option('--wait <seconds>', 'how long to keep trying while the server is away', seconds, 60)
    .option('--quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: SendOptions, self: Command) => {
      finish(await sendTo(file, options, self));
    });
};

const seconds = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a whole number of seconds.');
};

const BATCH = { lines: 500, characters: 1_000_000 };
/** Brokers take more at once than a server, which decides at the door. */
const CLUSTER_BATCH = { lines: 2_000, characters: 1_000_000 };
const SHOWN_MAX = 20;

async function sendTo(file: string, options: SendOptions, self: Command): Promise<number> {
  const waitMs = options.wait * 1000;
  if (isCluster(self, ['url', 'tokenFile'])) {
    return sendingToCluster(options, waitMs, (send) => sendAll(file, send, CLUSTER_BATCH, options));
  }
  const connection = connectionOf(options);
  return sendAll(file, (lines) => sendLines(connection, lines, waitMs), BATCH, options);
}

async function sendAll(
  file: string,
  send: SendLines,
  most: typeof BATCH,
  options: SendOptions,
): Promise<number> {
  const input = openInput(file);
  const bar = progress({ label: 'events', quiet: options.quiet === true });
  let accepted = 0;
  let refused = 0;
  const show = ({ line, code, reason }: RefusedLine): void => {
    refused += 1;
    if (refused <= SHOWN_MAX) bar.line(`${file}:${line}: ${reason} (${code})`);
    if (refused === SHOWN_MAX + 1) bar.line('further refusals are counted only');
  };
  try {
    for await (const lines of lineBatches(input, file)) {
      for (const batch of parts(lines, most)) {
        const sent = await send(batch);
        accepted += sent.accepted;
        sent.refused.forEach(show);
        bar.advance(batch.length);
      }
    }
  } finally {
    bar.done();
    input.destroy();
  }
  if (options.quiet !== true) say(`accepted: ${grouped(accepted)}, refused: ${grouped(refused)}`);
  return refused > 0 ? EXIT.refused : EXIT.ok;
}

/** Lines in requests of a fitting size. */
function* parts(lines: readonly Line[], most: typeof BATCH): Generator<Line[]> {
  let part: Line[] = [];
  let characters = 0;
  for (const line of lines) {
    if (
      part.length > 0 &&
      (part.length >= most.lines || characters + line.text.length > most.characters)
    ) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(line);
    characters += line.text.length;
  }
  if (part.length > 0) yield part;
}
