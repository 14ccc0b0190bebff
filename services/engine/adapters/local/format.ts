import { StoreRefused } from './lock';
import { readWhole, writeWhole, type FileLayer } from './file-layer';

/** What a data directory is, in its file `format.json`; written first. */
export interface StoreFormat {
  readonly application: string;
  readonly partitions: number;
}

/** Of the layout of the directory; a program refuses what it was not made for. */
const FORMAT = 2;
const FORMAT_FILE = 'format.json';
const ENDS_FILE = 'ends.json';
const MADE_FILE = 'made.json';

/** @throws StoreRefused when the directory is another application's, or of another format */
export async function checkFormat(
  files: FileLayer,
  directory: string,
  wanted: StoreFormat,
  readOnly: boolean,
): Promise<void> {
  const path = `${directory}/${FORMAT_FILE}`;
  const bytes = await readWhole(files, path);
  if (bytes === undefined) {
    if (readOnly) throw new StoreRefused(`${directory} holds no data: there is no ${FORMAT_FILE}`);
    const names = (await files.list(directory)) ?? [];
    if (names.some((name) => name.startsWith('partition-'))) {
      throw new StoreRefused(`${path} is missing beside data: restore it from a copy`);
    }
    const created = new Date().toISOString();
    const text = JSON.stringify({ format: FORMAT, ...wanted, created }, undefined, 2);
    await writeWhole(files, directory, FORMAT_FILE, [Buffer.from(`${text}\n`)]);
    return;
  }
  // whoever made it may have been killed before its name was durable
  if (!readOnly) await files.syncDirectory(directory);
  const found = fieldsOf(bytes, path);
  const fault = faultOf(found, wanted);
  if (fault !== undefined) throw new StoreRefused(`${directory}: ${fault}`);
}

function faultOf(found: ReadonlyMap<string, unknown>, wanted: StoreFormat): string | undefined {
  const format = found.get('format');
  if (format !== FORMAT) {
    return `the data has format ${String(format)}, this program reads ${FORMAT}: use the program that wrote it`;
  }
  if (found.get('application') !== wanted.application) {
    return `the data is of the application ${String(found.get('application'))}, not of ${wanted.application}`;
  }
  if (found.get('partitions') !== wanted.partitions) {
    return `the data has ${String(found.get('partitions'))} partitions, not ${wanted.partitions}: the number cannot change while the data stays`;
  }
  return undefined;
}

/** Of a partition: what is there as soon as it is. */
const STEPS = 'steps';
const folderOf = (partition: number): string => `partition-${partition}`;

/**
 * Makes the folders of all partitions the first time, and notes that they were made. From then on one
 * that is gone was removed: it took the note of how far its logs were along, so it looks like new.
 * @throws StoreRefused when one is gone
 */
export async function checkPartitions(
  files: FileLayer,
  directory: string,
  partitions: number,
  readOnly: boolean,
): Promise<void> {
  const names = Array.from({ length: partitions }, (_, partition) => folderOf(partition));
  if ((await readWhole(files, `${directory}/${MADE_FILE}`)) === undefined) {
    if (!readOnly) await makePartitions(files, directory, names);
    return;
  }
  for (const name of names) {
    if ((await files.list(`${directory}/${name}/${STEPS}`)) !== undefined) continue;
    throw new StoreRefused(
      `${directory}/${name} was made and is gone, or is empty: restore it from a copy; nothing else knows what it held`,
    );
  }
}

async function makePartitions(
  files: FileLayer,
  directory: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    await files.makeDirectory(`${directory}/${name}`);
    await files.makeDirectory(`${directory}/${name}/${STEPS}`);
    await files.syncDirectory(`${directory}/${name}`);
  }
  await files.syncDirectory(directory);
  const text = JSON.stringify({ made: names }, undefined, 2);
  await writeWhole(files, directory, MADE_FILE, [Buffer.from(`${text}\n`)]);
}

/**
 * How far each log is known to have been when the store was last closed, by its folder. A log that is
 * shorter was altered, where otherwise a power cut could have been the cause. An old file says too
 * little, never too much.
 */
export async function readEnds(files: FileLayer, directory: string): Promise<Map<string, number>> {
  const path = `${directory}/${ENDS_FILE}`;
  const bytes = await readWhole(files, path);
  const ends = new Map<string, number>();
  if (bytes === undefined) return ends;
  for (const [log, next] of fieldsOf(bytes, path)) {
    if (typeof next === 'number') ends.set(log, next);
  }
  return ends;
}

export async function writeEnds(
  files: FileLayer,
  directory: string,
  ends: ReadonlyMap<string, number>,
): Promise<void> {
  const text = JSON.stringify(Object.fromEntries(ends), undefined, 2);
  await writeWhole(files, directory, ENDS_FILE, [Buffer.from(`${text}\n`)]);
}

function fieldsOf(bytes: Buffer, path: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null) return new Map(Object.entries(value));
  } catch (cause) {
    throw new StoreRefused(`${path} is no JSON: restore it from a copy`, { cause });
  }
  throw new StoreRefused(`${path} is no JSON object: restore it from a copy`);
}
