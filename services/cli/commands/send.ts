import { InvalidArgumentError } from 'commander';
import { addConnectionOptions, connectionOf, type ConnectionOptions } from '../client/connection';
import { sendLines, type RefusedLine } from '../client/send-lines';
import { EXIT, say } from '../exit';
import { lineBatches, openInput, type Line } from '../lines';
import type { AddCommand } from '../main';
import { grouped, progress } from '../progress';

interface SendOptions extends ConnectionOptions {
  readonly wait: number;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark send events.jsonl
  $ cat events.jsonl | tidemark send - --quiet

Accepted events are durable when this ends. Sent again they change nothing: after a failure, send the
whole file once more. Exit code 1: some events were refused; stderr names their lines.`;

export const addSend: AddCommand = (program, finish) => {
  const command = program
    .command('send')
    .description('send events to a running server')
    .argument('<file|->', 'events as JSON Lines (.gz too), - for standard input');
  addConnectionOptions(command)
    .option('--wait <seconds>', 'how long to keep trying while the server is away', seconds, 60)
    .option('--quiet', 'no progress on stderr')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, options: SendOptions) => {
      finish(await send(file, options));
    });
};

const seconds = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a whole number of seconds.');
};

const BATCH = { lines: 500, characters: 1_000_000 };
const SHOWN_MAX = 20;

async function send(file: string, options: SendOptions): Promise<number> {
  const connection = connectionOf(options);
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
      for (const batch of parts(lines)) {
        const sent = await sendLines(connection, batch, options.wait * 1000);
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
function* parts(lines: readonly Line[]): Generator<Line[]> {
  let part: Line[] = [];
  let characters = 0;
  for (const line of lines) {
    if (
      part.length > 0 &&
      (part.length >= BATCH.lines || characters + line.text.length > BATCH.characters)
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
