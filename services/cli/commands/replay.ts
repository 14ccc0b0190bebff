import { partitionsIn } from '@tidemark/processor/data-directory';
import { customerAsOf, type CustomerAsOf } from '@tidemark/processor/evidence';
import { rateInFull } from '@tidemark/rating/customer';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { methodologyOf } from '@tidemark/rating/in-force/in-force';
import { explanationText } from '@tidemark/rating/explanation';
import { printable } from '@tidemark/schemas/printable';
import type { GradeChange, InputRecord, Rating } from '@tidemark/schemas/records';
import type { Command } from 'commander';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { replayInCluster } from '../cluster/replay-cluster';
import { EXIT, say, UsageFault } from '../exit';
import { instantOf } from '../instant';
import type { AddCommand } from '../main';
import { progress } from '../progress';

interface ReplayOptions extends ClusterOptions {
  readonly data: string;
  readonly customer: string;
  readonly asOf?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark replay --customer sample-bank:c00001
  $ tidemark replay --customer sample-bank:c00001 --as-of 2026-03-04T12:00:00+08:00
  $ tidemark replay --customer sample-bank:c00001 --as-of 2026-03-04T12:00:00+08:00 --json

Runs the journal again for one customer up to a time: the records that had arrived by then (whatever
their date), what was published, the grade that held and why. Reports of suspicious transactions are
shown: for those who may know of them.
${CLUSTER_HELP}`;

export const addReplay: AddCommand = (program, finish) => {
  const command = program
    .command('replay')
    .description('tell what was known of a customer at a time, which grade held then, and why')
    .requiredOption('--customer <institution:customer>', 'the customer')
    .option('--as-of <time>', 'instant with offset; default: the end of the journal')
    .option('--data <dir>', 'data directory', './data')
    .option('--json', 'one JSON object on stdout')
    .option('--quiet', 'no progress on stderr');
  addClusterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ReplayOptions, self: Command) => {
      finish(await replay(options, isCluster(self, ['data'])));
    });
};

async function replay(options: ReplayOptions, inCluster: boolean): Promise<number> {
  const [institution = '', ...rest] = options.customer.split(':');
  const customer = rest.join(':');
  if (institution === '' || customer === '') {
    throw new UsageFault(`--customer: '${options.customer}' is no institution:customer`);
  }
  const asOf = options.asOf === undefined ? Infinity : instantOf(options.asOf, '--as-of');
  const bar = progress({ label: 'records', quiet: options.quiet === true });
  let told = 0;
  const read = (records: number): void => {
    bar.advance(records - told);
    told = records;
  };
  const look = inCluster ? replayInCluster : lookIn;
  const found = await look(options, { institution, customer }, asOf, read);
  bar.done();
  if (found.state === undefined) {
    throw new UsageFault(
      `nothing was known of ${options.customer} then: check the name and --as-of`,
    );
  }
  if (!found.isReached && Number.isFinite(asOf)) {
    say('the journal ends before that time: this is how it stands at its end');
  }
  const known = asOfOf(found, asOf);
  process.stdout.write(options.json === true ? `${JSON.stringify(known)}\n` : textOf(known));
  return EXIT.ok;
}

async function lookIn(
  options: ReplayOptions,
  customer: { readonly institution: string; readonly customer: string },
  asOf: number,
  read: (records: number) => void,
): Promise<CustomerAsOf> {
  if (partitionsIn(options.data) === undefined) {
    throw new UsageFault(
      `${options.data} is no data directory; name one with --data DIR, or a cluster with --brokers`,
    );
  }
  return customerAsOf(options.data, customer, asOf, read);
}

/** What is told of a customer. */
interface Known {
  readonly customer: string;
  /** ISO 8601. */
  readonly asOf: string;
  readonly records: readonly Arrived[];
  readonly gradeChanges: readonly GradeChange[];
  /** Null before the first rating. */
  readonly rating: Rating | null;
  readonly explanation: string | null;
}

interface Arrived {
  readonly step: number;
  /** When it was decided, ISO 8601. */
  readonly decidedAt: string;
  readonly outcome: string;
  readonly record: InputRecord;
}

function asOfOf({ state, context, trail }: CustomerAsOf, asOf: number): Known {
  if (state === undefined) throw new Error('no state');
  const { institution, customer } = state;
  const gradeChanges = trail.flatMap(({ outputs }) =>
    outputs.flatMap((output) => (output.kind === 'grade-change' ? [output.record] : [])),
  );
  const records = trail.flatMap(({ step, asOf: at, input, outcome }): Arrived[] =>
    input === undefined ? [] : [{ step, decidedAt: iso(at), outcome, record: input }],
  );
  const methodology = methodologyOf(context.globals, state.methodology);
  const at = Number.isFinite(asOf) ? asOf : state.asOf;
  // a copy: what is rated here was never published
  const bytes = customerMachine.encodeState(state, context);
  const copy = customerMachine.decodeState(bytes, context);
  const rating = state.published.sequence === 0 ? undefined : rateInFull(methodology, copy, at);
  return {
    customer: `${institution}:${customer}`,
    asOf: iso(at),
    records,
    gradeChanges,
    rating: rating ?? null,
    explanation: rating === undefined ? null : explanationText(methodology.document, rating),
  };
}

const iso = (instant: number): string => new Date(instant).toISOString();

function textOf({ customer, asOf, records, gradeChanges, explanation }: Known): string {
  const held = gradeChanges.at(-1);
  return [
    `${customer} as of ${asOf}`,
    '',
    `records that had arrived: ${records.length}`,
    ...records.map(({ step, decidedAt, outcome, record }) => {
      const kind = record.type === 'risk-event' ? record.kind : record.type;
      const when = iso(record.occurredAt);
      return `  ${decidedAt}  step ${step}  ${kind} ${record.id}, dated ${when}: ${outcome}`;
    }),
    '',
    `grade changes: ${gradeChanges.length}`,
    ...gradeChanges.map(
      (change) =>
        `  ${iso(change.occurredAt)}  ${change.sequence}: ${change.previousGrade ?? '-'} -> ${change.grade} (R ${change.score}, ${change.basis}) by ${change.cause.kind} ${change.cause.eventId ?? ''}`,
    ),
    '',
    held === undefined
      ? 'no grade held: the first rating was yet to come'
      : `the grade that held: ${held.grade}, since ${iso(held.occurredAt)}, hash ${held.hash}`,
    '',
  ]
    .map(printable)
    .concat(explanation ?? '')
    .join('\n');
}
