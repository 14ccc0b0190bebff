import { readFileSync } from 'node:fs';

/** What a heap has of one kind. */
export interface Kind {
  readonly count: number;
  readonly bytes: number;
}

/** How a kind has grown from one heap to another. */
export interface Grown extends Kind {
  readonly name: string;
}

/** A heap snapshot of V8, as far as it is read here. */
export interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Of these the name is that of a constructor or a function; of the others it may be a text. */
const NAMED: ReadonlySet<string> = new Set(['object', 'native', 'closure']);

/** What there is of each constructor, and of what has none, of each type: counts, and bytes of their own. */
export function kindsIn({ snapshot, nodes, strings }: Snapshot): Map<string, Kind> {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const place = (field: string): number => fields.indexOf(field);
  const [type, name, size] = [place('type'), place('name'), place('self_size')];
  const kinds = new Map<string, { count: number; bytes: number }>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const typeName = types[0][nodes[at + type] ?? -1] ?? '';
    const text = NAMED.has(typeName) ? ` ${strings[nodes[at + name] ?? -1] ?? ''}` : '';
    const key = `(${typeName})${text}`;
    const kind = kinds.get(key) ?? { count: 0, bytes: 0 };
    kind.count += 1;
    kind.bytes += nodes[at + size] ?? 0;
    kinds.set(key, kind);
  }
  return kinds;
}

/** All kinds of which there are more bytes or more objects, those with most bytes first. */
export function grownBetween(
  before: ReadonlyMap<string, Kind>,
  after: ReadonlyMap<string, Kind>,
): Grown[] {
  return [...after]
    .map(([name, { count, bytes }]) => {
      const old = before.get(name) ?? { count: 0, bytes: 0 };
      return { name, count: count - old.count, bytes: bytes - old.bytes };
    })
    .filter(({ count, bytes }) => count > 0 || bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

/** @param file of a worker, `NAME-N.heapsnapshot` */
export const readSnapshot = (file: string): Snapshot =>
  JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
