import { loadMethodology } from '@tidemark/rating/methodology/load';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { ruleOf, type FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { checkPersonas } from '@tidemark/rating/methodology/personas';
import { Option, type Command } from 'commander';
import { addClusterOptions, type ClusterOptions } from '../cluster/cluster-options';
import { publish } from '../cluster/publish-methodology';
import { say, UsageFault } from '../exit';
import type { AddCommand } from '../main';
import {
  faultLine,
  inspectMethodology,
  openMethodology,
  placed,
  readMethodology,
  shippedMethodologies,
} from '../methodology-file';
import { methodologyReference } from '../methodology-reference';
import { methodologyTable } from '../methodology-table';
import { LANGUAGES, type Language } from '../methodology-words';
import { openOutput } from '../output';

/** Adds `methodology check | show | publish | list | reference`. */
export const addMethodology: AddCommand = (program) => {
  const command = program
    .command('methodology')
    .description('check, show, publish and list methodology documents');
  addCheck(command);
  addShow(command);
  addPublish(command);
  command
    .command('list')
    .description('list the documents that come with the product')
    .addHelpText('after', examples('tidemark methodology list'))
    .action(() => print(shippedMethodologies().map(listLine)));
  command
    .command('reference')
    .description('print the names and functions that conditions may use')
    .addHelpText('after', examples('tidemark methodology reference'))
    .action(() => print(methodologyReference()));
};

const examples = (...lines: string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');

async function print(lines: readonly string[]): Promise<void> {
  const output = openOutput('-');
  output.line(lines.join('\n'));
  await output.end();
}

function addCheck(command: Command): void {
  command
    .command('check')
    .description('report every fault of the documents, and rate their personas')
    .argument('<file...>', 'files, or names of shipped documents')
    .addHelpText(
      'after',
      `${examples('tidemark methodology check cn-aml-bank', 'tidemark methodology check cn-aml-bank trade-credit-aaa-c')}

A fault is printed as file:line:column  path  [rule]  problem; remedy. Exit code 2 if there are any.`,
    )
    .action(async (files: readonly string[]) => {
      const faults: string[] = [];
      for (const file of files) faults.push(...(await check(file)));
      if (faults.length === 0) return;
      throw new UsageFault([...faults, counted(faults.length, 'fault')].join('\n'));
    });
}

/** Checks one document: says it is well, with warnings, or returns the lines of its faults. */
async function check(nameOrFile: string): Promise<string[]> {
  try {
    const read = inspectMethodology(nameOrFile);
    if (!read.ok) return read.faults.map((fault) => faultLine(read.file, fault));
    const { document, framework, file, positionOf } = read.source;
    const loaded = loadMethodology(document, framework);
    const faults = loaded.ok ? checkPersonas(loaded.methodology, framework) : loaded.faults;
    if (loaded.ok && faults.length === 0) await report(loaded.methodology, framework, file);
    return placed(faults, positionOf).map((fault) => faultLine(file, fault));
  } catch (error) {
    // One file that cannot be read does not hide the faults of the others.
    if (error instanceof UsageFault) return [error.message];
    throw error;
  }
}

async function report(
  methodology: Methodology,
  framework: FrameworkDocument | undefined,
  file: string,
): Promise<void> {
  const { document, id, version, items } = methodology;
  const personas = document.personas?.length ?? 0;
  await print([
    `ok: ${id}@${version}, ${counted(items.length, 'item')}, ${counted(personas, 'persona')}`,
  ]);
  for (const warning of warnings(methodology, framework)) say(`${file}  warning: ${warning}`);
}

/** What is no fault, but should be known before the document is used. */
function warnings(
  { document, unconfirmed, touches }: Methodology,
  framework: FrameworkDocument | undefined,
): string[] {
  const found: string[] = [];
  if (unconfirmed) {
    const rule = ruleOf(framework, 'confirmedBy');
    found.push(
      `nobody has confirmed the weights${rule === null ? '' : ` [${rule}]`}: every rating is marked` +
        ' unconfirmed-default; enter governance.confirmedBy',
    );
  }
  if ((document.personas ?? []).length === 0) {
    found.push('no personas: nothing shows that it rates as meant; add some');
  }
  const unused = Object.keys(document.features ?? {}).filter((name) => !touches.has(`f:${name}`));
  if (unused.length > 0) found.push(`features that nothing reads: ${unused.join(', ')}`);
  return found;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function addShow(command: Command): void {
  command
    .command('show')
    .description('print a document as a readable table')
    .argument('<name>', 'a file, or the name of a shipped document')
    .addOption(new Option('--lang <language>', 'language').choices(LANGUAGES).default('en'))
    .addHelpText(
      'after',
      examples(
        'tidemark methodology show cn-aml-bank',
        'tidemark methodology show cn-aml-bank --lang zh',
      ),
    )
    .action((name: string, { lang }: { lang: Language }) =>
      print([methodologyTable(openMethodology(name).document, lang)]),
    );
}

function addPublish(command: Command): void {
  addClusterOptions(
    command
      .command('publish')
      .description('publish a document to a cluster: all its customers are rated by it')
      .argument('<file|name>', 'a file, or the name of a shipped document'),
  )
    .addHelpText(
      'after',
      `${examples('tidemark methodology publish cn-aml-bank --brokers 127.0.0.1:9092')}

A version is never changed: published again it changes nothing, with other content it is refused. The
first one holds from the beginning, a later one from now on. TLS, passwords and the rest are configured
as for the processes of the cluster (tidemark config).`,
    )
    .action((name: string, options: ClusterOptions) => publish(name, options));
}

function listLine(name: string): string {
  const { document } = readMethodology(name);
  return `${document.id}@${document.version}  ${document.title.en}  ${document.title.zh}`;
}
