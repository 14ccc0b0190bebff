import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { codeOf } from '@tidemark/engine/errors';
import { UsageFault } from '../exit';
import type { CompiledSource } from './compile';
import { csvReader, type BrokenRow, type CsvReader, type CsvRow } from './csv';

const CHUNK_BYTES = 1 << 18;

/** The packed data of a file are damaged or end early: what came before has been read. */
export class DamagedFile extends Error {}

/** Size of a file in bytes, as it lies on the disk. @throws UsageFault when there is none */
export async function fileBytes(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new UsageFault(`${file} is a folder; name the CSV files in it`);
    return found.size;
  } catch (error) {
    throw error instanceof UsageFault ? error : unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown): UsageFault =>
  new UsageFault(
    `cannot read ${file} (${error instanceof Error ? error.message : String(error)}); check the path`,
  );

/** Rows of a file, in batches; each batch is taken before more is read. */
export interface RowBatch {
  readonly rows: readonly (CsvRow | BrokenRow)[];
  /** Bytes of the file on the disk that have been read so far. */
  readonly bytesRead: number;
}

/**
 * Reads a CSV file, unpacked when its name ends in .gz, with the header as its first row.
 * @throws UsageFault when it cannot be read, DamagedFile when it cannot be unpacked to its end
 */
export async function* rowBatches(
  file: string,
  source: CompiledSource,
  reader: CsvReader = csvReader(source.csv),
): AsyncGenerator<RowBatch> {
  const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const packed = file.endsWith('.gz');
  const stream = packed ? raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : raw;
  if (packed) raw.on('error', (error) => stream.destroy(error));
  // takes the byte order mark away, and keeps a character that two chunks share
  const decoder = new TextDecoder(source.encoding);
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = chunk;
      yield {
        rows: reader.push(decoder.decode(bytes, { stream: true })),
        bytesRead: raw.bytesRead,
      };
    }
    yield { rows: [...reader.push(decoder.decode()), ...reader.end()], bytesRead: raw.bytesRead };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    if (!code.startsWith('Z_')) throw unreadable(file, error);
    throw new DamagedFile('the packed data are damaged or end early; fetch the file again');
  } finally {
    stream.destroy();
    raw.destroy();
  }
}

/** Where the columns of a source stand in a file: the place in the file of each that is read. */
export type HeaderResult =
  | { readonly ok: true; readonly places: readonly number[]; readonly width: number }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Compares a header with the columns that the mapping reads. */
export function bindHeader(
  file: string,
  source: CompiledSource,
  names: readonly string[],
): HeaderResult {
  const faults = source.columns.names.flatMap((column) => {
    const found = names.filter((name) => name === column).length;
    if (found === 1) return [];
    if (found > 1) return [`${file}: column '${column}' stands twice in the header; rename one`];
    const known = names.map((name) => `'${name}'`).join(', ');
    return [
      `${file}: no column '${column}', which source ${source.name} of the mapping reads; the header has ${known}`,
    ];
  });
  if (faults.length > 0) return { ok: false, faults };
  const places = source.columns.names.map((column) => names.indexOf(column));
  return { ok: true, places, width: names.length };
}

/** Reads no further than the header and checks it. */
export async function checkHeader(
  file: string,
  source: CompiledSource,
): Promise<readonly string[]> {
  if (source.header !== undefined) return [];
  try {
    for await (const { rows } of rowBatches(file, source)) {
      const [first] = rows;
      if (first === undefined) continue;
      if (first.kind === 'broken')
        return [`${file}:${first.line}:${first.column}: ${first.reason}`];
      const bound = bindHeader(file, source, headerNames(first, source));
      return bound.ok ? [] : bound.faults;
    }
  } catch (error) {
    if (error instanceof DamagedFile) return [`${file}: ${error.message}`];
    throw error;
  }
  return [`${file}: empty; it needs a header row, or columns in the mapping`];
}

export const headerNames = ({ cells }: CsvRow, { trim }: CompiledSource): readonly string[] =>
  trim ? cells.map((cell) => cell.trim()) : cells;
