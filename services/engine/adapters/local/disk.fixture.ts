import type { FileLayer, OpenFile } from './file-layer';

/**
 * A disk in memory that knows what was synced. A power cut keeps of the rest whatever chance keeps:
 * writes whole, torn or not at all, lengths without their bytes, names or not, in no order.
 */
export interface Disk {
  readonly files: FileLayer;
  /** Calls so far. */
  readonly calls: () => number;
  /** From this call on nothing is answered any more; whether that call still does its work is told. */
  readonly stopAt: (call: number, done: boolean) => void;
  /** Bytes that may still be written before the disk is full; undefined: no bound. */
  room: number | undefined;
  /** Syncs that will fail. */
  failingSyncs: number;
  /** What the next process finds after kill -9: all that was written, synced or not. */
  readonly restart: () => Disk;
  /** What the next start of the machine finds. @param random 0 to 1, as Math.random */
  readonly cut: (random: () => number) => Disk;
  /** Changes the content of a file as it lies there. */
  readonly alter: (path: string, change: (content: Buffer) => Buffer) => void;
  readonly content: (path: string) => Buffer;
  readonly paths: () => readonly string[];
}

interface Inode {
  durable: Buffer;
  content: Buffer;
  readonly pending: Change[];
}

type Change =
  { readonly position: number; readonly bytes: Buffer } | { readonly truncated: number };

/** A name was given, or taken away (null). */
type Naming = ReadonlyMap<string, Inode | null>;

interface State {
  readonly root: string;
  readonly names: Map<string, Inode>;
  readonly durableNames: Map<string, Inode>;
  readonly namings: Naming[];
  calls: number;
  stop: { readonly call: number; readonly done: boolean } | undefined;
}

/** The unit that a disk writes at once, bytes; small, so that short tests meet torn writes. */
const SECTOR = 32;
const DIRECTORY: Inode = { durable: Buffer.alloc(0), content: Buffer.alloc(0), pending: [] };

export function diskWith(root: string): Disk {
  const names = new Map([[root, DIRECTORY]]);
  return diskOf({
    root,
    names,
    durableNames: new Map(names),
    namings: [],
    calls: 0,
    stop: undefined,
  });
}

function diskOf(state: State): Disk {
  const disk: Disk = {
    files: filesOf(state, () => disk),
    calls: () => state.calls,
    stopAt: (call, done) => {
      state.stop = { call, done };
    },
    room: undefined,
    failingSyncs: 0,
    restart: () => diskOf({ ...state, stop: undefined }),
    cut: (random) => {
      const names = afterCut(state, random);
      const durableNames = new Map(names);
      return diskOf({ ...state, names, durableNames, namings: [], stop: undefined });
    },
    alter: (path, change) => {
      const inode = inodeAt(state, path);
      inode.content = change(Buffer.from(inode.content));
      inode.durable = inode.content;
      inode.pending.length = 0;
    },
    content: (path) => inodeAt(state, path).content,
    paths: () => [...state.names].flatMap(([path, inode]) => (inode === DIRECTORY ? [] : [path])),
  };
  return disk;
}

function inodeAt({ names }: State, path: string): Inode {
  const inode = names.get(path);
  if (inode === undefined) throw failure('ENOENT', path);
  return inode;
}

const failure = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code });

/** One call: counted, not answered once the disk has stopped. */
async function call<T>(state: State, work: () => T): Promise<T> {
  const number = state.calls;
  state.calls += 1;
  await Promise.resolve();
  const { stop } = state;
  if (stop !== undefined && number >= stop.call) {
    if (number === stop.call && stop.done) work();
    return new Promise<T>(() => undefined);
  }
  return work();
}

function filesOf(state: State, disk: () => Disk): FileLayer {
  const name = (naming: Naming): void => {
    state.namings.push(naming);
    apply(state.names, naming);
  };
  return {
    open: (path, mode) =>
      call(state, () => {
        if (mode !== 'create') return openFile(state, disk, inodeAt(state, path), path);
        const made: Inode = { durable: Buffer.alloc(0), content: Buffer.alloc(0), pending: [] };
        name(new Map([[path, made]]));
        return openFile(state, disk, made, path);
      }),
    list: (directory) =>
      call(state, () => {
        if (!state.names.has(directory)) return undefined;
        const inside = [...state.names.keys()].filter((path) => parentOf(path) === directory);
        return inside.map((path) => path.slice(directory.length + 1));
      }),
    makeDirectory: (directory) =>
      call(state, () => {
        if (!state.names.has(directory)) name(new Map([[directory, DIRECTORY]]));
      }),
    rename: (from, to) =>
      call(state, () => {
        const inode = inodeAt(state, from);
        name(
          new Map([
            [from, null],
            [to, inode],
          ]),
        );
      }),
    remove: (path) => call(state, () => name(new Map([[path, null]]))),
    syncDirectory: (directory) =>
      call(state, () => {
        failSync(disk(), directory);
        const left = state.namings.filter((naming) => {
          const here = [...naming.keys()].some((path) => parentOf(path) === directory);
          if (here) apply(state.durableNames, naming);
          return !here;
        });
        state.namings.splice(0, state.namings.length, ...left);
      }),
  };
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function apply(names: Map<string, Inode>, naming: Naming): void {
  for (const [path, inode] of naming) {
    if (inode === null) names.delete(path);
    else names.set(path, inode);
  }
}

function failSync(disk: Disk, path: string): void {
  if (disk.failingSyncs === 0) return;
  disk.failingSyncs -= 1;
  throw failure('EIO', path);
}

function openFile(state: State, disk: () => Disk, inode: Inode, path: string): OpenFile {
  const change = (made: Change): void => {
    inode.pending.push(made);
    inode.content = changed(inode.content, made);
  };
  return {
    size: () => call(state, () => inode.content.length),
    read: (position, length) =>
      call(state, () => Buffer.from(inode.content.subarray(position, position + length))),
    write: (parts, position) =>
      call(state, () => {
        const bytes = Buffer.concat(parts);
        const { room } = disk();
        if (room === undefined || bytes.length <= room) {
          if (room !== undefined) disk().room = room - bytes.length;
          return change({ position, bytes });
        }
        disk().room = 0;
        if (room > 0) change({ position, bytes: bytes.subarray(0, room) });
        throw failure('ENOSPC', path);
      }),
    sync: () =>
      call(state, () => {
        failSync(disk(), path);
        inode.durable = inode.content;
        inode.pending.length = 0;
      }),
    truncate: (length) => call(state, () => change({ truncated: length })),
    close: () => call(state, () => undefined),
  };
}

function changed(content: Buffer, change: Change): Buffer {
  if ('truncated' in change) return Buffer.from(content.subarray(0, change.truncated));
  const end = change.position + change.bytes.length;
  const longer = Buffer.alloc(Math.max(content.length, end));
  content.copy(longer);
  change.bytes.copy(longer, change.position);
  return longer;
}

function afterCut(state: State, random: () => number): Map<string, Inode> {
  const names = new Map(state.durableNames);
  for (const naming of state.namings) if (random() < 0.5) apply(names, naming);
  const found = new Map<string, Inode>();
  for (const [path, inode] of names) {
    if (!hasParents(names, state.root, path)) continue;
    found.set(path, inode === DIRECTORY ? DIRECTORY : survivor(inode, random));
  }
  return found;
}

function hasParents(names: ReadonlyMap<string, Inode>, root: string, path: string): boolean {
  if (path === root) return true;
  const parent = parentOf(path);
  return names.has(parent) && hasParents(names, root, parent);
}

/** What of a file is there: each unsynced change, sector by sector, or not. */
function survivor({ durable, content, pending }: Inode, random: () => number): Inode {
  let kept = durable;
  const mood = random();
  for (const change of pending) {
    if ('truncated' in change) {
      if (random() < 0.5) kept = changed(kept, change);
      continue;
    }
    const { position, bytes } = change;
    for (let at = 0; at < bytes.length; at += SECTOR) {
      if (random() >= mood) continue;
      kept = changed(kept, { position: position + at, bytes: bytes.subarray(at, at + SECTOR) });
    }
  }
  // the length may be on the disk before the bytes are
  if (random() < 0.3 && kept.length < content.length) {
    kept = changed(kept, { position: content.length, bytes: Buffer.alloc(0) });
  }
  return { durable: kept, content: kept, pending: [] };
}
