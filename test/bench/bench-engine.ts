import { readMethodology } from '@tidemark/cli/methodology-file';
import { openDataDirectory } from '@tidemark/processor/data-directory';
import { runEngine, type EngineSettings } from '@tidemark/processor/embedded';
import type { EmbeddedEngine } from '@tidemark/processor/engine';
import type { MethodologyFiles } from '@tidemark/processor/methodology-topic';
import { runThreads } from '@tidemark/processor/threads';
import { GRADE_CHANGES } from '@tidemark/processor/topics';

export const METHODOLOGY = 'cn-aml-bank';
/** Events of one append, as of one request. */
export const BATCH = 500;
const IN_FLIGHT = 8;
/** Events that may wait to be decided before the next is handed over: about half a second of work. */
const LAG_MAX = 20_000;
const DAY_MS = 86_400_000;

/** What can be handed to a thread. */
const filesOf = ({ document, framework }: MethodologyFiles): MethodologyFiles => ({
  document,
  ...(framework === undefined ? {} : { framework }),
});

const report = (message: string): void => void process.stderr.write(`engine: ${message}\n`);

const settingsNow = () => ({
  methodology: filesOf(readMethodology(METHODOLOGY)),
  time: 'wall' as const,
  clockLeapMsMax: DAY_MS,
  cacheKeys: 100_000,
  backlogMax: 1_000_000,
  report,
});

/** The embedded engine as the server runs it, a thread for each partition; live. The caller stops it. */
export async function openThreads(directory: string): Promise<EmbeddedEngine> {
  const engine = await runThreads({ ...settingsNow(), directory, partitions: undefined });
  await engine.settled();
  return engine;
}

/** The same with all partitions in this thread, where they can be looked into. */
export async function openHere(
  directory: string,
  settings: Partial<EngineSettings> = {},
): Promise<EmbeddedEngine> {
  const store = await openDataDirectory(directory, undefined, report);
  const engine = await runEngine({ ...settingsNow(), store, clock: Date.now, ...settings });
  await engine.settled();
  return engine;
}

export type Batches = Iterable<readonly Uint8Array[]>;

/**
 * Hands batches over, several at a time, never far ahead of what is decided.
 * @param taken told after each batch how many events were handed over so far
 * @throws Error when an event is refused, or the engine takes nothing more
 */
export async function feed(
  engine: EmbeddedEngine,
  batches: Batches,
  taken: (events: number) => void | Promise<void> = () => undefined,
): Promise<number> {
  const flying = new Set<Promise<void>>();
  let events = 0;
  for (const batch of batches) {
    while (flying.size >= IN_FLIGHT) await Promise.race(flying);
    while (lagOf(engine) > LAG_MAX) await pause();
    const append: Promise<void> = give(engine, batch).finally(() => flying.delete(append));
    flying.add(append);
    events += batch.length;
    await taken(events);
  }
  await Promise.all(flying);
  return events;
}

export async function give(engine: EmbeddedEngine, batch: readonly Uint8Array[]): Promise<void> {
  const answer = await engine.append(batch, 'bench');
  if (!answer.ok) throw new Error(`the engine took no events: ${answer.because}`);
  const refused = answer.value.find(({ accepted }) => !accepted);
  if (refused !== undefined) throw new Error(`an event was refused: ${JSON.stringify(refused)}`);
}

/** Resolves when all that was taken is decided and the steps that did so are durable. */
export async function allDurable(engine: EmbeddedEngine): Promise<void> {
  await engine.settled();
  const asked = new Set<number>();
  for (let n = 0; asked.size < engine.partitions; n += 1) {
    const customer = `nobody-${n}`;
    const partition = engine.partitionOf('bench', customer);
    if (asked.has(partition)) continue;
    asked.add(partition);
    // answered between two steps, from committed states
    const answer = await engine.customer('bench', customer);
    if (!answer.ok) throw new Error(`the engine does not answer: ${answer.because}`);
  }
}

export const lagOf = (engine: EmbeddedEngine): number =>
  Math.max(...engine.status().partitions.map(({ lag }) => lag));

/** What the partitions have counted, together. */
export function countOf(engine: EmbeddedEngine, name: string): number {
  return engine.status().partitions.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
}

export async function gradeChangesIn(engine: EmbeddedEngine): Promise<number> {
  let sum = 0;
  for (let partition = 0; partition < engine.partitions; partition += 1) {
    sum += (await engine.outputs(partition).bounds(GRADE_CHANGES)).next;
  }
  return sum;
}

export const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
