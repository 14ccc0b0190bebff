import { Worker } from 'node:worker_threads';
import { printable } from '@tidemark/schemas/printable';
import type { Verification } from '@tidemark/engine/verify';
import { partitionsIn } from '@tidemark/processor/data-directory';
import type { VerifyMessage, VerifyTask } from '@tidemark/processor/verify-worker';
import type { Command } from 'commander';
import {
  addClusterOptions,
  CLUSTER_HELP,
  isCluster,
  type ClusterOptions,
} from '../cluster/cluster-options';
import { verifyCluster } from '../cluster/verify-cluster';
import { EXIT, UsageFault } from '../exit';
import type { AddCommand } from '../main';
import { grouped, progress } from '../progress';

interface VerifyOptions extends ClusterOptions {
  readonly data: string;
  readonly partition?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ tidemark verify
  $ tidemark verify --data ./data --partition 1
  $ tidemark verify --json | jq .faults

Runs every step of the journal again from the events that it names and compares the digests and every
published record. Nothing is changed, and a server may run meanwhile. Exit code 1: something does not
follow from the events, or was altered; each is named.
${CLUSTER_HELP}
Then one partition is verified after the other; workers go on meanwhile.`;

export const addVerify: AddCommand = (program, finish) => {
  const command = program
    .command('verify')
    .description('prove that everything published follows from the recorded events')
    .option('--data <dir>', 'data directory', './data')
    .option('--partition <n>', 'this partition only')
    .option('--json', 'one JSON object a partition on stdout')
    .option('--quiet', 'no progress on stderr');
  addClusterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: VerifyOptions, self: Command) => {
      finish(await verifyAll(options, isCluster(self, ['data'])));
    });
};

/** What was found in each partition that was looked at. */
type Found = ReadonlyMap<number, Verification>;

async function verifyAll(options: VerifyOptions, inCluster: boolean): Promise<number> {
  const bar = progress({ label: 'events', quiet: options.quiet === true });
  const begin = performance.now();
  const found = inCluster
    ? await verifyCluster(options, (count) => wantedOf(count, options.partition), bar.advance)
    : await inDirectory(options, bar.advance);
  bar.done();
  const seconds = (performance.now() - begin) / 1000;
  for (const [partition, one] of found) report(partition, one, options.json === true);
  const faults = [...found.values()].reduce((sum, { faults: of }) => sum + of.length, 0);
  const records = [...found.values()].reduce((sum, one) => sum + one.records, 0);
  if (options.json !== true) {
    const rate = grouped(Math.round(records / seconds));
    const verdict =
      faults === 0
        ? 'every step and everything published follows from the recorded events'
        : `${faults} faults: see above; restore the data from a copy, and find out who changed it`;
    process.stdout.write(
      `${grouped(records)} records in ${seconds.toFixed(1)} s (${rate}/s): ${verdict}\n`,
    );
  }
  return faults === 0 ? EXIT.ok : EXIT.refused;
}

async function inDirectory(
  { data: directory, partition }: VerifyOptions,
  advance: (records: number) => void,
): Promise<Found> {
  const count = partitionsIn(directory);
  if (count === undefined) {
    throw new UsageFault(
      `${directory} is no data directory; name one with --data DIR, or a cluster with --brokers`,
    );
  }
  const found = wantedOf(count, partition).map(
    async (one) => [one, await inThread({ directory, partition: one }, advance)] as const,
  );
  return new Map(await Promise.all(found));
}

/** @throws UsageFault when there is no such partition */
function wantedOf(count: number, partition: string | undefined): number[] {
  const all = Array.from({ length: count }, (_, one) => one);
  const wanted = all.filter((one) => partition === undefined || String(one) === partition);
  if (wanted.length > 0) return wanted;
  throw new UsageFault(`no partition ${partition}: there are 0 to ${count - 1}`);
}

function report(partition: number, verification: Verification, asJson: boolean): void {
  const { steps, records, outputs, otherBuild, otherwise, gone, from, to, faults } = verification;
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ partition, ...verification })}\n`);
    return;
  }
  const time = (instant: number): string => new Date(instant).toISOString().slice(0, 19);
  const span = steps > 1 ? `, clock ${time(from)} to ${time(to)} UTC` : '';
  const others =
    otherBuild === 0 ? '' : `, ${grouped(otherBuild)} outputs of another build by digest`;
  const differently =
    otherwise === 0 ? '' : `, ${grouped(otherwise)} decisions made otherwise by another build`;
  const lost = gone === 0 ? '' : `, ${grouped(gone)} outputs no longer kept`;
  process.stdout.write(
    `partition ${partition}: ${grouped(steps)} steps, ${grouped(records)} records, ${grouped(outputs)} outputs${others}${differently}${lost}${span}: ${faults.length === 0 ? 'whole' : `${faults.length} faults`}\n`,
  );
  for (const fault of faults) process.stdout.write(`  ${printable(fault)}\n`);
}

/** @param advance told how many records were read since it was told last */
function inThread(task: VerifyTask, advance: (records: number) => void): Promise<Verification> {
  return new Promise((resolve, reject) => {
    const file = require.resolve('@tidemark/processor/verify-worker');
    const worker = new Worker(file, { workerData: task });
    let told = 0;
    worker.on('message', (message: VerifyMessage) => {
      if (message.kind === 'done') {
        advance(message.verification.records - told);
        resolve(message.verification);
        return;
      }
      advance(message.records - told);
      told = message.records;
    });
    worker.on('error', (error) => {
      const known = ['StoreRefused', 'PartitionStopped', 'Altered'].includes(error.name);
      reject(known ? new UsageFault(error.message) : error);
    });
    worker.on('exit', (code) => {
      if (code !== 0)
        reject(new Error(`the thread of partition ${task.partition} ended (${code})`));
    });
  });
}
