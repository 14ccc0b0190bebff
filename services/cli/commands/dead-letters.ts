import { InvalidArgumentError, type Command } from 'commander';
import { placeIn, placeText } from '@tidemark/processor/orders';
import { addConnectionOptions, type ConnectionOptions } from '../client/connection';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { withClusterLetters } from '../cluster/dead-letters-cluster';
import { EXIT, say, UsageFault } from '../exit';
import type { Wanted } from '../letters/choose';
import { withDirectoryLetters } from '../letters/directory-letters';
import { discardLetters, replayLetters, type Note } from '../letters/give';
import { listed, type Listing } from '../letters/list';
import type { Letters } from '../letters/letters';
import { listingText, shownText } from '../letters/print';
import type { AddCommand } from '../main';
import { addAuthor, saidOf, word, type OrderOptions } from '../orders';
import { openOutput } from '../output';

interface WhereOptions extends ConnectionOptions, ClusterOptions {
  readonly data: string;
}

interface ListOptions extends WhereOptions {
  readonly code?: string;
  readonly limit: number;
  readonly after?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface WantedOptions extends WhereOptions, OrderOptions {
  readonly code?: string;
  readonly all?: boolean;
  readonly withEarlier?: boolean;
}

const LIST = `
Examples:
  $ tidemark dead-letters list
  $ tidemark dead-letters list --code unknown-country --limit 20
  $ tidemark dead-letters list --all --json

First how many there are, by reason and topic, then the open ones, oldest first. A letter is named by its
place (dead-letters/1@17); what its record says is told by 'show' alone. Where a listing ends, the command
for the next part is told on stderr.
${CLUSTER_HELP}`;

const SHOW = `
Example:
  $ tidemark dead-letters show dead-letters/0@0

Prints the record that was refused: customer data, for those who may see it.
${CLUSTER_HELP}`;

const REPLAY = `
Examples:
  $ tidemark dead-letters replay dead-letters/0@0
  $ tidemark dead-letters replay --code unknown-country --reason "countries 2026-11 are published"

The record goes to its topic again, as it was: where it is refused once more, that is a new letter. Letters
of a customer go in their order; where earlier ones are open, name them too (--with-earlier) or discard
them. A letter goes once: said twice, or by two at once, the second time changes nothing; and should a
record come twice all the same, its id sees to that. Exit code 1: some stay open, each is named.

To a data directory records are sent through its running server (--url).
${CLUSTER_HELP}
Then record and order are written in one transaction: both or neither.`;

const DISCARD = `
Example:
  $ tidemark dead-letters discard dead-letters/0@0 --reason "sent by mistake, ticket 12"

Nothing is deleted: who discarded a letter and why is kept for good. It is not replayed any more.
${CLUSTER_HELP}`;

/** Adds `dead-letters list | show | replay | discard`. */
export const addDeadLetters: AddCommand = (program, finish) => {
  const command = program
    .command('dead-letters')
    .description('list, show, send again or discard records that were refused');
  withPlace(command.command('list').description('count and list dead letters'), LIST)
    .option('--code <code>', 'only letters with this reason')
    .option('--limit <n>', 'at most so many letters', whole, 50)
    .option('--after <letter>', 'go on after this one')
    .option('--all', 'also those that were replayed or discarded')
    .option('--json', 'one JSON object')
    .action(async (options: ListOptions, self: Command) => {
      await withLetters(options, self, (letters) => list(letters, options));
    });
  withPlace(command.command('show').description('print one with its record'), SHOW)
    .argument('<letter>', 'its place, as the list names it')
    .option('--json', 'one JSON object')
    .action(async (text: string, options: WhereOptions & { json?: boolean }, self: Command) => {
      const place = placeOf(text);
      await withLetters(options, self, async (letters) => {
        const found = await letters.find(place);
        if (found === undefined) throw new UsageFault(`no such letter: ${text}`);
        say('what follows holds customer data');
        await print(shownText(found, await letters.orders(), options.json === true));
      });
    });
  withWanted(command.command('replay').description('send their records again'), REPLAY)
    .option('--with-earlier', 'also earlier letters of the same customers')
    .option('--reason <text>', 'why; kept for good', word, 'replayed')
    .action(async (places: readonly string[], options: WantedOptions, self: Command) => {
      const wanted = wantedOf(places, options);
      finish(await withLetters(options, self, (letters) => replay(letters, wanted, options)));
    });
  withWanted(command.command('discard').description('note that nothing is done'), DISCARD)
    .requiredOption('--reason <text>', 'why; kept for good', word)
    .action(async (places: readonly string[], options: WantedOptions, self: Command) => {
      const wanted = wantedOf(places, options);
      await withLetters(options, self, async (letters) => {
        const { discarded, settled } = await discardLetters(letters, wanted, noteOf(options));
        for (const order of settled) say(`${placeText(order)}: ${order.kind}, ${saidOf(order)}`);
        say(`discarded: ${discarded}, nothing to do: ${settled.length}`);
      });
    });
};

const withPlace = (command: Command, help: string): Command =>
  addClusterOptions(addConnectionOptions(command))
    .option('--data <dir>', 'data directory', './data')
    .addHelpText('after', help);

const withWanted = (command: Command, help: string): Command =>
  withPlace(addAuthor(command), help)
    .argument('[letters...]', 'their places, as the list names them')
    .option('--code <code>', 'all open letters with this reason')
    .option('--all', 'all open letters');

const whole = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('write a whole number from 1.');
};

const placeOf = (text: string): NonNullable<ReturnType<typeof placeIn>> => {
  const place = placeIn(text);
  if (place !== undefined) return place;
  throw new UsageFault(`'${text}' names no letter; write e.g. dead-letters/1@17`);
};

function wantedOf(texts: readonly string[], { code, all }: WantedOptions): Wanted {
  const ways = [texts.length > 0, code !== undefined, all === true].filter(Boolean).length;
  if (ways !== 1) throw new UsageFault('name letters, or give --code or --all: one of them');
  return { places: new Set(texts.map((text) => placeText(placeOf(text)))), code };
}

const noteOf = ({ by, reason }: OrderOptions): Note => ({ by, reason, at: Date.now() });

/** Opens the letters of a cluster or a data directory. */
function withLetters<T>(
  options: WhereOptions,
  self: Command,
  use: <R>(letters: Letters<R>) => Promise<T>,
): Promise<T> {
  const inCluster = isCluster(self, ['data', 'url', 'tokenFile']);
  return inCluster ? withClusterLetters(options, use) : withDirectoryLetters(options, use);
}

async function print(text: string): Promise<void> {
  const output = openOutput('-');
  output.line(text);
  await output.end();
}

async function list<R>(letters: Letters<R>, options: ListOptions): Promise<void> {
  const after = options.after === undefined ? undefined : placeText(placeOf(options.after));
  const { code, limit, all = false } = options;
  const found: Listing = await listed(letters, { code, limit, after, all });
  await print(options.json === true ? JSON.stringify(found) : listingText(found));
  if (found.next !== undefined) say(`more: go on with --after ${found.next}`);
}

async function replay<R>(
  letters: Letters<R>,
  wanted: Wanted,
  options: WantedOptions,
): Promise<number> {
  const isWith = options.withEarlier === true;
  const { sent, refused, held, settled } = await replayLetters(
    letters,
    wanted,
    isWith,
    noteOf(options),
  );
  for (const order of settled) say(`${placeText(order)}: ${order.kind}, ${saidOf(order)}`);
  for (const { head, why } of held) say(`${placeText(head.place)} stays: ${why}`);
  const again = refused > 0 ? ` (${refused} of them refused again: new letters)` : '';
  say(`sent: ${sent}${again}, stay open: ${held.length}, nothing to do: ${settled.length}`);
  return refused + held.length > 0 ? EXIT.refused : EXIT.ok;
}
