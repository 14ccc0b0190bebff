import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { preProcessFile } from 'typescript';

/** A source file: path from the root of the repository, with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

interface Room {
  /** Folder, from the root. */
  readonly folder: string;
  readonly packageName: string;
  /** Rooms of this repository that it may import: arrows point one way. */
  readonly rooms: readonly string[];
  /** Packages from outside; undefined means any. */
  readonly packages?: readonly string[];
  /** Whether Node's own modules may be imported. */
  readonly node: boolean;
}

const SCHEMAS = '@tidemark/schemas';
const RATING = '@tidemark/rating';
const ENGINE = '@tidemark/engine';
const PROCESSOR = '@tidemark/processor';
const API = '@tidemark/api';
const CLI = '@tidemark/cli';

const ROOMS: readonly Room[] = [
  { folder: 'schemas', packageName: SCHEMAS, rooms: [], packages: ['avsc'], node: false },
  {
    folder: 'services/rating',
    packageName: RATING,
    rooms: [SCHEMAS],
    packages: ['@marcbachmann/cel-js', '@noble/hashes'],
    node: false,
  },
  { folder: 'services/engine', packageName: ENGINE, rooms: [SCHEMAS, RATING], node: true },
  {
    folder: 'services/processor',
    packageName: PROCESSOR,
    rooms: [SCHEMAS, RATING, ENGINE],
    node: true,
  },
  {
    folder: 'services/api',
    packageName: API,
    rooms: [SCHEMAS, RATING, ENGINE, PROCESSOR],
    node: true,
  },
  {
    folder: 'services/cli',
    packageName: CLI,
    rooms: [SCHEMAS, RATING, ENGINE, PROCESSOR, API],
    node: true,
  },
  {
    folder: 'test',
    packageName: '@tidemark/test',
    rooms: [SCHEMAS, RATING, ENGINE, PROCESSOR, API, CLI],
    node: true,
  },
];

/** Modules of @tidemark/schemas that are not pure, so that services/rating may not import them. */
const IMPURE_SCHEMAS = ['avro', 'avro-reader', 'avro-type', 'avro-bounds'].map(
  (name) => `${SCHEMAS}/${name}`,
);

/** Tests and what only the developer runs may use everything, but still only down the arrows. */
const isTooling = (path: string): boolean =>
  path.endsWith('.test.ts') || path.endsWith('.fixture.ts') || path === 'schemas/generate.ts';

/** Packages that only one folder may name, so that they can be replaced; tests may use them too. */
const KEPT_TO: ReadonlyMap<string, string> = new Map([
  ['kafkajs', 'services/engine/adapters/kafka/kafkajs/'],
  ['kafkajs-snappy', 'services/engine/adapters/kafka/kafkajs/'],
  ['fzstd', 'services/engine/adapters/kafka/kafkajs/'],
  ['ioredis', 'services/engine/adapters/redis/'],
  ['@kafkajs/confluent-schema-registry', 'services/engine/adapters/registry/'],
]);

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

function faultOf(room: Room, source: Source, name: string): string | undefined {
  const tooling = isTooling(source.path);
  if (name.startsWith('.')) {
    const target = join(source.path, '..', name).split(sep).join('/');
    return target.startsWith(`${room.folder}/`) ? undefined : 'a relative import leaves its room';
  }
  if (name.startsWith('node:')) {
    return room.node || tooling ? undefined : 'this room may not import node:*';
  }
  const wanted = packageOf(name);
  if (wanted === room.packageName) return 'import a file of the same room by its relative path';
  if (wanted.startsWith('@tidemark/')) {
    if (!room.rooms.includes(wanted)) return `the arrows do not lead from here to ${wanted}`;
    if (room.packageName === RATING && !tooling && IMPURE_SCHEMAS.includes(name)) {
      return `${name} is not pure`;
    }
    return undefined;
  }
  const keeper = KEPT_TO.get(wanted);
  if (keeper !== undefined && !source.path.startsWith(keeper) && !source.path.startsWith('test/')) {
    return `only ${keeper} may import ${wanted}`;
  }
  if (tooling || room.packages === undefined || room.packages.includes(wanted)) return undefined;
  return `this room may not import ${wanted}`;
}

/** Every import of these sources that the rules forbid, as `path: import: why`. */
export function importFaults(sources: readonly Source[]): string[] {
  const faults: string[] = [];
  for (const source of sources) {
    const room = ROOMS.find((r) => source.path.startsWith(`${r.folder}/`));
    if (room === undefined) {
      faults.push(`${source.path}: belongs to no room`);
      continue;
    }
    for (const { fileName } of preProcessFile(source.text, true, true).importedFiles) {
      const why = faultOf(room, source, fileName);
      if (why !== undefined) faults.push(`${source.path}: ${fileName}: ${why}`);
    }
  }
  return faults;
}

/** All TypeScript sources below these folders of the repository. */
export function readSources(root: string, folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => !/(^|\/)(dist|node_modules)\//.test(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  );
}

const TOP_LEVEL = new Set([
  'services',
  'schemas',
  'deploy',
  'test',
  'docker-compose.yml',
  'package.json',
  'tsconfig.json',
  'turbo.json',
  'README.md',
  'LICENSE',
  'package-lock.json',
]);

/** Names at the top level of the repository that have no place there; dot files have. */
export function topLevelFaults(names: readonly string[]): string[] {
  return names.filter((name) => !TOP_LEVEL.has(name) && !name.startsWith('.'));
}
