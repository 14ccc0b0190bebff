import { cpus, totalmem } from 'node:os';
import { writeFileSync } from 'node:fs';
import type { Gap } from './progress';

/** How long it took until all went on after a fault. */
export interface Recovery {
  readonly fault: string;
  /** The longest time without a step of any partition, from the fault on. */
  readonly longestGapMs: number;
  /** From when all was healed until every partition had gone on. */
  readonly afterHealingMs: number;
  /** From the election of another leader until the partition that stood still longest went on. */
  readonly afterElectionMs?: number;
}

export function recoveryOf(
  fault: string,
  gap: Gap,
  { healedAt, electedAt }: { readonly healedAt: number; readonly electedAt?: number },
): Recovery {
  return {
    fault,
    longestGapMs: gap.ms,
    afterHealingMs: Math.max(0, gap.endedAt - healedAt),
    ...(electedAt === undefined ? {} : { afterElectionMs: Math.max(0, gap.endedAt - electedAt) }),
  };
}

export interface Run {
  readonly command: string;
  readonly customers: number;
  readonly records: number;
  readonly steps: number;
  readonly owners: number;
  readonly gradeChanges: number;
  readonly recoveries: readonly Recovery[];
}

/** The machine that a run was on. */
export function machineText(): string {
  const [cpu] = cpus();
  return `${cpus().length} x ${cpu?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

/** Into the file that TIDEMARK_FAULTS_REPORT names, where it does. */
export function writeReport(run: Run): void {
  const file = process.env['TIDEMARK_FAULTS_REPORT'];
  if (file === undefined) return;
  const date = new Date().toISOString().slice(0, 10);
  const rows = run.recoveries.map(
    ({ fault, longestGapMs, afterHealingMs, afterElectionMs }) =>
      `| ${fault} | ${seconds(longestGapMs)} | ${seconds(afterHealingMs)} | ${afterElectionMs === undefined ? '' : seconds(afterElectionMs)} |`,
  );
  const text = `# Faults on real servers, ${date}
${machineText()}; three brokers, three workers, registry and Redis on the same machine. \`${run.command}\`

${run.customers} customers, ${run.records} records taken in ${run.steps} steps by ${run.owners} owners, ${run.gradeChanges} grade changes; no finding.
"Longest gap": the longest time in which some partition committed nothing, seen in the append times of the journal.

| fault | longest gap, s | after healing, s | after the election of a leader, s |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  writeFileSync(file, text);
}

export const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
