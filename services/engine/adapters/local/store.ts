import { mkdir, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Altered, codeOf } from '../../errors';
import type { CheckpointStore, LocalPorts, TopicLog, TopicWriter } from '../../ports';
import { noCheckpoints, openCheckpoints } from './checkpoints';
import type { FileLayer } from './file-layer';
import { checkFormat, checkPartitions } from './format';
import { lockDirectory, StoreRefused } from './lock';
import { nodeFiles } from './node-files';
import { openSteps, type Steps } from './steps';
import {
  checkTopicName,
  makeFolder,
  openRoom,
  openTopics,
  together,
  type Room,
} from './store-room';
import { fileOf, topicLog, topicWriter, type TopicFile } from './topic-file';

export interface LocalStoreOptions {
  /** The data directory; made if it is not there. */
  readonly directory: string;
  /** Name of the application; another one's data is refused. */
  readonly application: string;
  /** The same for as long as the data lives. */
  readonly partitions: number;
  readonly inputTopics: readonly string[];
  /** Logs that all partitions share. */
  readonly globalTopics: readonly string[];
  /**
   * To look only (verify, replay), also while a server runs: no lock is taken, nothing is changed, and
   * there are no checkpoints. Records that come later are not seen.
   */
  readonly readOnly?: boolean;
  /**
   * Open this partition alone, without taking the lock: the caller holds it (`holdDirectory`), and
   * nobody else opens this partition. For threads, one a partition.
   */
  readonly only?: number;
  /** Told of what was found and mended when opening. No customer data. */
  readonly report?: (message: string) => void;
  /** A file of a log that has reached this size is followed by another, bytes; 64 MiB unless given. */
  readonly segmentBytes?: number;
  /** For the newest records of all logs together, bytes; 64 MiB unless given. */
  readonly cacheBytes?: number;
  /** The file system, unless a test puts another in its place. */
  readonly files?: FileLayer;
}

/** All that a process keeps, in one directory. Whoever opens it closes it. */
export interface LocalStore {
  /** @throws RangeError on a partition that does not exist */
  readonly partition: (partition: number) => LocalPartition;
  /** Writes to the global topics. */
  readonly globals: TopicWriter;
  /** Resolves when everything handed over is written. Stop the runners before. */
  readonly close: () => Promise<void>;
}

export interface LocalPartition {
  readonly ports: LocalPorts;
  /** Writes to the input topics. */
  readonly writer: TopicWriter;
  /** The outputs of the steps by topic, offsets from 0 in each partition. */
  readonly outputs: TopicLog;
}

/**
 * Opens a data directory, or makes it.
 * @throws StoreRefused when it is in use, another application's, or of another format or layout
 * @throws Altered when a log lacks what it is known to have held
 */
export async function openLocalStore(options: LocalStoreOptions): Promise<LocalStore> {
  const readOnly = options.readOnly ?? false;
  const isHeld = readOnly || options.only !== undefined;
  const directory = await directoryOf(options.directory, readOnly);
  const report = options.report ?? (() => undefined);
  const closers: Closers = [];
  try {
    if (!isHeld) closers.push(await lockDirectory(directory, report));
    const files = options.files ?? nodeFiles;
    return await openAll({ ...options, directory, readOnly, report, files }, closers);
  } catch (error) {
    await closeAll(closers).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a data directory if it is not there, and this process the only one that has it open; its
 * partitions are then opened one by one (`only`).
 * @returns gives it back
 * @throws StoreRefused as `openLocalStore`
 */
export async function holdDirectory(
  options: Pick<LocalStoreOptions, 'directory' | 'application' | 'partitions' | 'report'>,
): Promise<() => Promise<void>> {
  const { application, partitions } = options;
  const directory = await directoryOf(options.directory, false);
  const unlock = await lockDirectory(directory, options.report ?? (() => undefined));
  try {
    await checkFormat(nodeFiles, directory, { application, partitions }, false);
    await checkPartitions(nodeFiles, directory, partitions, false);
    return unlock;
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function directoryOf(wanted: string, readOnly: boolean): Promise<string> {
  if (!readOnly) {
    const made = await mkdir(wanted, { recursive: true });
    for (let path = wanted; made !== undefined && path.length >= made.length;) {
      path = dirname(path);
      await nodeFiles.syncDirectory(path);
    }
  }
  try {
    return await realpath(wanted);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new StoreRefused(`there is no directory ${wanted}`, { cause: error });
  }
}

/** What gives back what is open so far, in the order of opening. */
type Closers = (() => Promise<void>)[];

/** Closes everything in reverse, also where one of it fails. */
async function closeAll(closers: Closers): Promise<void> {
  const faults: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    await close().catch((fault: unknown) => faults.push(fault));
  }
  if (faults.length > 0) throw faults[0];
}

type Given = LocalStoreOptions & {
  readonly readOnly: boolean;
  readonly report: (message: string) => void;
  readonly files: FileLayer;
};

async function openAll(options: Given, closers: Closers): Promise<LocalStore> {
  const { application, partitions, inputTopics, globalTopics, readOnly } = options;
  const { files, directory, report } = options;
  [...inputTopics, ...globalTopics].forEach(checkTopicName);
  await checkFormat(files, directory, { application, partitions }, readOnly);
  // who holds the directory has made them, if they were not
  await checkPartitions(files, directory, partitions, readOnly || options.only !== undefined);
  const mine = options.only === undefined ? range(partitions) : [options.only];
  const room = await openRoom({
    files,
    directory,
    endsIn: options.only === undefined ? '' : `partition-${options.only}`,
    readOnly,
    report,
    segmentBytes: options.segmentBytes ?? 64 << 20,
    cacheBytes: options.cacheBytes ?? 64 << 20,
    logs: mine.length * (inputTopics.length + 1) + globalTopics.length,
  });
  // the logs are closed before the databases to which their steps hand over
  const steps = await together(mine, (i) => openPartition(room, i, closers)).finally(() =>
    closers.push(room.close),
  );
  const held = await positionsOf(steps, readOnly);
  const globals = await openTopics(room, 'globals', globalTopics, (topic) =>
    Math.max(0, ...held.map((positions) => positions[topic] ?? 0)),
  );
  const inputs = await together(mine, (i) =>
    openTopics(room, `partition-${i}/topics`, inputTopics, (topic) => {
      return held[mine.indexOf(i)]?.[topic] ?? 0;
    }),
  );
  room.opened();
  const all = steps.map((part, i) => portsOf(part, inputs[i] ?? new Map(), globals));
  return {
    partition: (partition) => {
      const found = all[mine.indexOf(partition)];
      if (found === undefined) throw new RangeError(`there is no partition ${partition}`);
      return found;
    },
    globals: topicWriter(globals),
    close: () => closeAll(closers),
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

interface Part {
  readonly steps: Steps;
  readonly checkpoints: CheckpointStore;
}

/** The database first: it can be open only once in a machine, also where a pid says nothing. */
async function openPartition(room: Room, partition: number, closers: Closers): Promise<Part> {
  const folder = `partition-${partition}`;
  await makeFolder(room, folder);
  const path = `${room.options.directory}/${folder}/states`;
  const checkpoints = room.options.readOnly
    ? undefined
    : await openCheckpoints(path, room.options.report);
  if (checkpoints !== undefined) closers.push(checkpoints.close);
  const options = room.logOptions(`${folder}/steps`, `the journal of partition ${partition}`, 0);
  const steps = await openSteps(options, checkpoints);
  room.add(`${folder}/steps`, steps.log);
  return { steps, checkpoints: checkpoints ?? noCheckpoints };
}

/**
 * What the last step of each partition had read was durable before. Who only looks is told of a damaged
 * step when it is read.
 */
const positionsOf = (
  parts: readonly Part[],
  readOnly: boolean,
): Promise<Readonly<Record<string, number>>[]> =>
  together(parts, async ({ steps }) => {
    try {
      return (await steps.last())?.record.positions ?? {};
    } catch (error) {
      if (readOnly && error instanceof Altered) return {};
      throw error;
    }
  });

function portsOf(
  { steps, checkpoints }: Part,
  inputs: ReadonlyMap<string, TopicFile>,
  globals: ReadonlyMap<string, TopicFile>,
): LocalPartition {
  const readable = new Map([...inputs, ...globals]);
  return {
    ports: {
      inputs: topicLog((topic) => fileOf(readable, topic)),
      ledger: steps.ledger,
      checkpoints,
    },
    writer: topicWriter(inputs),
    outputs: steps.outputs,
  };
}
