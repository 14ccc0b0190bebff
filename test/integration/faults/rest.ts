import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../cluster/processes';
import type { PartitionEvidence } from './evidence';
import { WIRE_FORM } from './forms';
import { allLeft, INPUT_TOPICS, readTopics } from './left';
import { POISON } from './load';
import { judge, type Judged } from './oracles';
import { tidemark, type World } from './world';

/** What became of a load, once all of it has come to rest. */
export interface Judgement {
  /** Of all partitions; none: the run is right. */
  readonly findings: readonly string[];
  readonly records: number;
  readonly steps: number;
  readonly owners: number;
  readonly gradeChanges: number;
  readonly customers: number;
}

/** Of each partition; every other offset is a marker of a transaction. */
const JOURNAL_TAIL = -20;

/** Waits until every record that was sent is in a step. */
export async function allIsRead(
  world: Pick<World, 'kafka' | 'topicOf' | 'partitions'>,
): Promise<void> {
  const sent = await readTopics(world, INPUT_TOPICS);
  await until(
    'all is read',
    async () => {
      const journal = (await readTopics(world, ['journal'], JOURNAL_TAIL)).get('journal');
      return Array.from({ length: world.partitions }, (_, partition) => {
        const last = journal?.get(partition)?.at(-1);
        const positions = last === undefined ? {} : WIRE_FORM.journal(last.value).positions;
        return INPUT_TOPICS.every((topic) => {
          const end = sent.get(topic)?.get(partition)?.at(-1)?.offset ?? -1;
          return (positions[topic] ?? -1) > end;
        });
      }).every(Boolean);
    },
    { withinMs: 120_000 },
  );
}

/** The workers have stopped: judges what they have left. */
export async function judgeAll(world: World): Promise<Judgement> {
  const all = (await allLeft(world)).map((left) => {
    const judged = judge(left, WIRE_FORM);
    return { ...judged, findings: [...judged.findings, ...wronglyRefused(left, judged)] };
  });
  const sum = (of: (judged: Judged) => number): number =>
    all.reduce((total, judged) => total + of(judged), 0);
  return {
    findings: all.flatMap(({ findings }) => findings),
    records: sum(({ records }) => records),
    steps: sum(({ steps }) => steps),
    owners: sum(({ owners }) => owners),
    gradeChanges: sum(({ gradeChanges }) => gradeChanges),
    customers: sum(({ customers }) => customers),
  };
}

/** What is no record is refused, and nothing else is. */
function wronglyRefused({ partition, inputs }: PartitionEvidence, { refused }: Judged): string[] {
  return INPUT_TOPICS.flatMap((topic) => {
    const poison = (inputs.get(topic) ?? [])
      .filter(({ value }) => value.equals(POISON))
      .map(({ offset }) => offset);
    const actual = refused.get(topic) ?? [];
    if (actual.join() === poison.join()) return [];
    const offsets = actual.slice(0, 20).join();
    return `inputs: partition ${partition}, ${topic}: refused at ${offsets} instead of ${poison.slice(0, 20).join()}`;
  });
}

/** How many partitions `tidemark verify` finds whole. */
export async function wholePartitions({ kafka, registry, application }: World): Promise<number> {
  const { stdout } = await tidemark([
    ...['verify', '--brokers', kafka.bootstrap, '--registry', registry.url, '--quiet'],
    ...['--prefix', application, '--application', application],
  ]);
  return stdout.match(/: whole$/gm)?.length ?? 0;
}

/** What a failure needs to be understood is gone with the workers' folders otherwise. */
export function keepLogs(world: World, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { worker } of [...world.nodes, world.guest]) {
    writeFileSync(join(folder, `${worker.name}.log`), worker.said());
  }
}
