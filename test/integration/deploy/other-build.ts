import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BUILD } from '@tidemark/rating/build';
import { scratchFolder } from '../cluster/processes';

/** Another build of the same program, beside ours: its files, to be run as processes. */
export interface Build {
  /** What it calls itself. */
  readonly name: string;
  /** Of the processor. */
  readonly main: string;
  /** Of the command. */
  readonly bin: string;
}

const ROOT = join(__dirname, '../../..');
const MODULES = join(ROOT, 'node_modules');
const SCOPE = '@tidemark';
/** Rooms of which processor and command are made. */
const ROOMS = ['schemas', 'rating', 'engine', 'processor', 'api', 'cli'];

/**
 * A build that rates otherwise: bands begin a tenth lower, so that those who are just below one get the
 * next grade. It says so by its revision, as every build must.
 */
export function otherBuild(): Build {
  const modules = join(scratchFolder('other-build'), 'node_modules');
  mkdirSync(join(modules, SCOPE), { recursive: true });
  for (const name of readdirSync(MODULES)) {
    if (name !== SCOPE) symlinkSync(join(MODULES, name), join(modules, name));
  }
  for (const room of ROOMS) copyRoom(room, join(modules, SCOPE, room));
  const rating = join(modules, SCOPE, 'rating/dist');
  const revision = alter(join(rating, 'build.js'), /REVISION = (\d+)/, 'REVISION = 1$1');
  alter(join(rating, 'grading/assess.js'), /\(sum >= from\)/, '(sum * 10 >= from * 9)');
  return {
    name: BUILD.replace(/revision \d+/, revision.replace('REVISION =', 'revision')),
    main: join(modules, SCOPE, 'processor/dist/main.js'),
    bin: join(modules, SCOPE, 'cli/bin/tidemark.js'),
  };
}

/** What was built, and the documents beside it; neither sources nor modules. */
function copyRoom(room: string, to: string): void {
  const from = join(ROOT, room === 'schemas' ? room : `services/${room}`);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const isNeeded = entry.isDirectory() ? basename(entry.name) !== 'node_modules' : true;
    if (!isNeeded || entry.name.endsWith('.ts')) continue;
    cpSync(join(from, entry.name), join(to, entry.name), {
      recursive: true,
      filter: (path) => !/\.(ts|map)$/.test(path),
    });
  }
}

/** Replaces what must be there once. @returns what it is now */
function alter(file: string, what: RegExp, by: string): string {
  const text = readFileSync(file, 'utf8');
  const found = text.match(new RegExp(what, 'g')) ?? [];
  if (found.length !== 1) throw new Error(`${basename(file)} is not built as this test knows it`);
  writeFileSync(file, text.replace(what, by));
  return (found[0] ?? '').replace(what, by);
}
