import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { UsageFault } from './exit';

/** Writes lines with back-pressure: what is not taken yet is waited for, not heaped up. */
export interface LineWriter {
  /** Adds a line to the batch under way. */
  readonly line: (text: string) => void;
  /** Hands the batch on; resolves when the stream takes more. */
  readonly flush: () => Promise<void>;
  /** True once the reader has gone away (a closed pipe). */
  readonly closed: () => boolean;
  readonly end: () => Promise<void>;
}

export function lineWriter(stream: Writable, name: string, ours: boolean): LineWriter {
  let batch = '';
  let gone = false;
  let fault: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    gone = true;
    if (error.code !== 'EPIPE') fault = error;
  });
  const check = (): void => {
    if (fault !== undefined) throw new UsageFault(`cannot write ${name}: ${fault.message}`);
  };
  const flush = async (): Promise<void> => {
    check();
    if (batch === '' || gone) return;
    const text = batch;
    batch = '';
    // Called once the stream has taken the text, or failed; the error event tells how.
    await new Promise<void>((resolve) => stream.write(text, () => resolve()));
    check();
  };
  return {
    line: (text) => {
      batch += `${text}\n`;
    },
    flush,
    closed: () => gone,
    end: async () => {
      await flush();
      if (!ours || gone) return;
      stream.end();
      await once(stream, 'finish');
      check();
    },
  };
}

/** Standard output for '-', a new file otherwise. */
export function openOutput(file: string): LineWriter {
  if (file === '-') return lineWriter(process.stdout, 'standard output', false);
  return lineWriter(createWriteStream(file), file, true);
}
