import type { Journal } from '@tidemark/schemas/records';
import { PositionGone } from './errors';
import type { PartitionOptions } from './options';
import type { Ports } from './ports';
import { obeyGlobals, refusedOf } from './replay';
import { newStep, type Executor } from './step';

const GLOBALS_AT_ONCE = { records: 1000, bytes: 8 << 20 };

/**
 * What the global topics said after a step, for a replay that begins behind it. The journal's verdicts
 * are obeyed: a build that judges a record otherwise must not get other globals here than in a replay
 * of all steps.
 * @param after the record of that step
 * @throws PositionGone when a global topic has lost records that were read
 * @throws PartitionStopped when a record cannot be loaded by this build, or would be refused
 */
export async function readGlobals<State, Input, Output, Globals>(
  executor: Executor<State, Input, Output, Globals>,
  { inputs, ledger }: Pick<Ports, 'inputs' | 'ledger'>,
  { globalTopics }: PartitionOptions,
  { positions, globalRefused, version, clock, step, time }: Journal,
): Promise<void> {
  executor.version = version;
  executor.clock = clock;
  const begins = await firstPositions(ledger);
  for (const topic of globalTopics) {
    const end = positions[topic] ?? 0;
    const refused = refusedOf(globalRefused, topic);
    const { first, next: last } = await inputs.bounds(topic);
    // a topic that the first record does not name was added later
    const begin = begins === undefined ? 0 : (begins[topic] ?? first);
    for (let at = begin; at < end;) {
      const { records, next } = await inputs.read(topic, at, GLOBALS_AT_ONCE);
      if (next === at) throw new PositionGone(topic, end, first, last);
      const read = records.filter(({ offset }) => offset < end);
      // a step that nobody commits: what it would publish was published long ago
      obeyGlobals(executor, newStep(step, time, true), topic, read, refused);
      at = next;
    }
  }
}

/**
 * Where the topics began when the journal did. Undefined where its first record is gone, as it is once a
 * journal that is not kept for good has become old: then only topics that begin at 0 are surely whole.
 */
async function firstPositions({
  read,
}: Ports['ledger']): Promise<Readonly<Record<string, number>> | undefined> {
  try {
    const [genesis] = await read(0, 1);
    return genesis?.record.positions ?? {};
  } catch (error) {
    if (error instanceof PositionGone) return undefined;
    throw error;
  }
}
