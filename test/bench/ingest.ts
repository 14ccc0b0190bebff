import {
  allDurable,
  BATCH,
  countOf,
  feed,
  gradeChangesIn,
  openHere,
  openThreads,
} from './bench-engine';
import { batchesOf } from './live-events';
import { sharesOf, startProfile, type Profiled } from './profile';
import { ENGINE_MODULES, ownerOf } from './profile-modules';

export interface IngestResult {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly commits: number;
  readonly gradeChanges: number;
  readonly ratings: number;
  readonly deadLetters: number;
  readonly rssBytes: number;
  /** Of the one thread; undefined: no profile was wanted. */
  readonly profiled: Profiled | undefined;
}

/**
 * A file of events through the embedded engine in this process, until all is durable. Profiled is one
 * thread: then all partitions run in it.
 */
export async function measureIngest({
  file,
  events: wanted,
  directory,
  profile,
}: {
  file: string;
  events: number;
  directory: string;
  profile: boolean;
}): Promise<IngestResult> {
  const engine = await (profile ? openHere(directory) : openThreads(directory));
  const stopProfile = profile ? startProfile() : undefined;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const events = await feed(engine, batchesOf(file, BATCH, wanted));
  await allDurable(engine);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const found = stopProfile?.();
  const result = {
    events,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    commits: countOf(engine, 'commits'),
    gradeChanges: await gradeChangesIn(engine),
    ratings: countOf(engine, 'outputs:ratings'),
    deadLetters: countOf(engine, 'outputs:dead-letters'),
    rssBytes: process.memoryUsage.rss(),
    profiled: found === undefined ? undefined : sharesOf(found, ownerOf(ENGINE_MODULES)),
  };
  await engine.stop();
  return result;
}
