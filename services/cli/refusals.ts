import type { DeadLetter } from '@tidemark/schemas/records';
import { say } from './exit';
import { openOutput, type LineWriter } from './output';

const SHOWN_MAX = 20;

/** Where refused records go: a file of dead letters if one is named, and the first few to stderr. */
export interface Refusals {
  readonly add: (letter: DeadLetter) => void;
  readonly flush: () => Promise<void>;
  /** Closes the file and says how many there were. */
  readonly end: () => Promise<void>;
}

/** @param print where the lines about them go: stderr, above a progress bar if there is one */
export function refusals(file: string | undefined, print = say): Refusals {
  const writer: LineWriter | undefined = file === undefined ? undefined : openOutput(file);
  let count = 0;
  return {
    add: (letter) => {
      count += 1;
      writer?.line(JSON.stringify(letter));
      // Neither field nor reason holds anything of the record's content.
      if (count <= SHOWN_MAX) print(`${placeOf(letter)}: ${letter.reason} (${letter.code})`);
      if (count === SHOWN_MAX + 1) print('further refusals are counted only');
    },
    flush: async () => writer?.flush(),
    end: async () => {
      await writer?.end();
      if (count === 0) return;
      const hint =
        file === undefined ? 'keep them with --dead-letters FILE' : `they are in ${file}`;
      say(`refused: ${count}; ${hint}`);
    },
  };
}

const placeOf = ({ source }: DeadLetter): string =>
  'file' in source
    ? `${source.file}:${source.line}`
    : `${source.topic}/${source.partition}@${source.offset}`;
