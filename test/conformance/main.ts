/**
 * npm run conformance: the table of every rule of the guideline, made from a test run and from mutants.
 *   --tests FILE   take a fresh result of `jest --json` instead of running the tests
 *   --per-rule N   so many mutants of the methodology for each rule, by chance (default 12); --seed S
 *   --all          all of them
 *   --write        put the summary into services/rating/README.md and the table under results/
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shippedDocument, shippedFramework } from '../support/methodologies';
import { occurrences, readCodeMutants, survivingCodeMutants } from './mutants/code-mutants';
import { mutateDocument, mutateFramework } from './mutants/mutation-run';
import { mutantsText, tableText } from './report';
import { readRules } from './rules';
import { summaryLine, summaryOf, tableOf, type MutantRun, type TestRun } from './table';
import { readTestRun, runTests } from './test-run';

const ROOT = join(__dirname, '../..');
const README = join(ROOT, 'services/rating/README.md');
const RESULTS = join(__dirname, 'results');
const CUSTOMERS = 2400;
const PER_RULE = 12;
const SEED = 20130002;
const PROGRESS_EVERY_MS = 5000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Says how far something is, now and then. */
function progress(what: string): (done: number, of: number) => void {
  let last = Date.now();
  return (done, of) => {
    if (done < of && Date.now() - last < PROGRESS_EVERY_MS) return;
    last = Date.now();
    say(`${what}: ${done} of ${of}`);
  };
}

/** Faults in the code; a mutant whose test is red without it proves nothing and is refused. */
async function mutateCode(tests: readonly TestRun[]): Promise<MutantRun[]> {
  const mutants = readCodeMutants();
  const outdated = mutants.filter((mutant) => occurrences(ROOT, mutant) !== 1);
  for (const { file, search } of outdated)
    say(`out of date, counts as survived: ${file}: ${search}`);
  const red = new Set(tests.filter(({ passed }) => !passed).map(({ file }) => file));
  const usable = mutants.filter((m) => !outdated.includes(m) && !red.has(m.test));
  const report = progress('faults in the code');
  const survived = new Set(
    await survivingCodeMutants(ROOT, usable, (done) => report(done, usable.length)),
  );
  return mutants.map((mutant) => ({
    what: `${mutant.file}: ${mutant.search} -> ${mutant.replace || '(left out)'}`,
    rules: mutant.rules,
    killedBy: usable.includes(mutant) && !survived.has(mutant) ? 'tests of the code' : null,
    equivalent: null,
  }));
}

const BEGIN = '<!-- conformance:begin -->';
const END = '<!-- conformance:end -->';

function write(line: string, text: string, date: string): void {
  const readme = readFileSync(README, 'utf8');
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${README} has no ${BEGIN} ... ${END}`);
  writeFileSync(README, `${readme.slice(0, from + BEGIN.length)}\n${line}\n${readme.slice(to)}`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${date}.txt`), text);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tests: { type: 'string' },
      'per-rule': { type: 'string', default: String(PER_RULE) },
      all: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(SEED) },
      write: { type: 'boolean', default: false },
    },
  });
  const started = Date.now();
  const rules = readRules();
  const document = shippedDocument('cn-aml-bank');
  const framework = shippedFramework('cn-2013-2');
  say('running the tests that cite rules, and mutating the methodology meanwhile');
  const [tests, ofDocument] = await Promise.all([
    values.tests === undefined
      ? runTests(
          ROOT,
          rules.map(({ id }) => id),
        )
      : readTestRun(values.tests, ROOT),
    mutateDocument({
      rules,
      document,
      framework,
      customers: CUSTOMERS,
      ...(values.all ? {} : { perRule: Number(values['per-rule']) }),
      seed: Number(values.seed),
      onProgress: progress('mutants of the methodology'),
    }),
  ]);
  const ofFramework = mutateFramework(document, framework);
  const mutants = [...ofDocument, ...ofFramework, ...(await mutateCode(tests))];
  const rows = tableOf(rules, tests, mutants);
  const date = new Date().toISOString().slice(0, 10);
  const line = summaryLine(summaryOf(rows, mutants), date);
  const text = `${tableText(rows)}\n\n${mutantsText(mutants)}\n\n${line}\n`;
  process.stdout.write(text);
  if (values.write) write(line, text, date);
  say(`${Math.round((Date.now() - started) / 1000)} s`);
}

void main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
