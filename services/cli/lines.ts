import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { UsageFault } from './exit';

const CHUNK_BYTES = 1 << 18;

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** Standard input for '-', a file otherwise, unpacked when its name ends in .gz. */
export function openInput(file: string, stdin: Readable = process.stdin): Readable {
  if (file === '-') return stdin;
  const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  return file.endsWith('.gz')
    ? raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES })).on('close', () => raw.destroy())
    : raw;
}

/**
 * The lines of a stream in batches, one a chunk, so that an event is seen as soon as it has arrived.
 * Empty lines are passed over; a byte order mark is no part of the first line.
 * @throws UsageFault when the file cannot be read
 */
export async function* lineBatches(input: Readable, file: string): AsyncGenerator<Line[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let number = 0;
  const take = (text: string): Line[] => {
    const lines: Line[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      number += 1;
      add(lines, text.slice(from, end), number);
      from = end + 1;
    }
    rest = text.slice(from);
    return lines;
  };
  try {
    for await (const chunk of input) {
      const lines = take(rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk)));
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw new UsageFault(`cannot read ${file}: ${reasonOf(error)}`);
  }
  const last: Line[] = [];
  add(last, rest + decoder.end(), number + 1);
  if (last.length > 0) yield last;
}

function add(lines: Line[], text: string, number: number): void {
  const bare = number === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (bare.trim() !== '') lines.push({ text: bare, number });
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
