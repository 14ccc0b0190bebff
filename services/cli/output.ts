import { once } from 'node:events';
import { createWriteStream, openSync } from 'node:fs';
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
  const fail = (error: NodeJS.ErrnoException): void => {
    gone = true;
    // Whoever closes a pipe has seen enough: no fault.
    if (error.code !== 'EPIPE') fault = error;
  };
  stream.on('error', fail);
  const check = (): void => {
    if (fault !== undefined) {
      throw new UsageFault(`cannot write ${name} (${fault.message}); make room or name another`);
    }
  };
  const flush = async (): Promise<void> => {
    check();
    if (batch === '' || gone) return;
    const text = batch;
    batch = '';
    await new Promise<void>((resolve) =>
      stream.write(text, (error) => {
        if (error !== undefined && error !== null) fail(error);
        resolve();
      }),
    );
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
      if (!ours) leave(stream, fail);
      if (!ours || gone) return;
      stream.end();
      try {
        await once(stream, 'finish');
      } catch {
        // `fail` has seen it too
      }
      check();
    },
  };
}

/** What fails after the end is nobody's fault: one listener for all who have written to a stream. */
const ignore = (): void => undefined;

function leave(stream: Writable, listener: (error: Error) => void): void {
  stream.off('error', listener);
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
}

/**
 * Standard output for '-', a new file otherwise, opened at once so that a wrong path is said before
 * the work begins.
 * @throws UsageFault when the file cannot be written
 */
export function openOutput(file: string): LineWriter {
  if (file === '-') return lineWriter(process.stdout, 'standard output', false);
  try {
    return lineWriter(createWriteStream(file, { fd: openSync(file, 'w') }), file, true);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageFault(`cannot write ${file} (${why}); check the path`);
  }
}
