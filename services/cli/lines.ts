import { createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { LINE_LENGTH_MAX } from '@tidemark/rating/input-line';
import { UsageFault } from './exit';

const CHUNK_BYTES = 1 << 18;

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/**
 * Standard input for '-', a file otherwise, unpacked when its name ends in .gz.
 * @throws UsageFault when there is no such file
 */
export function openInput(file: string, stdin: Readable = process.stdin): Readable {
  if (file === '-') return stdin;
  const raw = createReadStream(file, { fd: openFile(file), highWaterMark: CHUNK_BYTES });
  if (!file.endsWith('.gz')) return raw;
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  raw.on('error', (error) => unpacked.destroy(error));
  return raw.pipe(unpacked).on('close', () => raw.destroy());
}

/** Opened at once, so that a wrong path is said before any output is begun. */
function openFile(file: string): number {
  try {
    const fd = openSync(file, 'r');
    if (!fstatSync(fd).isDirectory()) return fd;
  } catch (error) {
    throw unreadable(file, error);
  }
  throw new UsageFault(`${file} is a folder; name a file of events`);
}

/**
 * The lines of a stream in batches, one a chunk, so that an event is seen as soon as it has arrived.
 * Empty lines are passed over; a byte order mark is no part of the first line; of a line that is too
 * long only the beginning is kept.
 * @throws UsageFault when the file cannot be read
 */
export async function* lineBatches(input: Readable, file: string): AsyncGenerator<Line[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  const hold = (text: string): void => {
    if (rest.length <= LINE_LENGTH_MAX) rest += text.slice(0, LINE_LENGTH_MAX + 1 - rest.length);
  };
  const take = (text: string): Line[] => {
    const lines: Line[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      number += 1;
      hold(text.slice(from, end));
      add(lines, rest, number);
      rest = '';
      from = end + 1;
    }
    hold(text.slice(from));
    return lines;
  };
  try {
    for await (const chunk of input) {
      const lines = take(typeof chunk === 'string' ? chunk : decoder.write(chunk));
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  const last: Line[] = [];
  hold(decoder.end());
  add(last, rest, number + 1);
  if (last.length > 0) yield last;
}

function add(lines: Line[], text: string, number: number): void {
  const bare = number === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (bare.trim() !== '') lines.push({ text: bare, number });
}

const unreadable = (file: string, error: unknown): UsageFault =>
  new UsageFault(
    `cannot read ${file} (${error instanceof Error ? error.message : String(error)}); check the path and the file`,
  );
