import * as fs from 'node:fs';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { codeOf } from '../../errors';
import type { FileLayer, OpenFile } from './file-layer';

const FLAGS = { read: 'r', write: 'r+', create: 'w+' } as const;

/** The file system. The hot calls take callbacks: a promise of `fs/promises` costs several times more. */
export const nodeFiles: FileLayer = {
  open: (path, mode) =>
    new Promise((resolve, reject) => {
      fs.open(path, FLAGS[mode], (error, fd) => {
        if (error === null) resolve(openFile(fd));
        else reject(error);
      });
    }),
  list: async (directory) => {
    try {
      return await readdir(directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  makeDirectory: async (directory) => {
    try {
      await mkdir(directory);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  },
  rename,
  remove: unlink,
  syncDirectory: async (directory) => {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

const openFile = (fd: number): OpenFile => ({
  size: () =>
    new Promise((resolve, reject) => {
      fs.fstat(fd, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    }),
  read: (position, length) => readAll(fd, position, length),
  write: (parts, position) => writeAll(fd, parts, position),
  sync: () => call((done) => fs.fdatasync(fd, done)),
  truncate: (length) => call((done) => fs.ftruncate(fd, length, done)),
  close: () => call((done) => fs.close(fd, done)),
});

const call = (start: (done: (error: Error | null | undefined) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    start((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });

async function readAll(fd: number, position: number, length: number): Promise<Buffer> {
  // not from the pool: what is cached of it would keep the pool's page
  const buffer = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const read = await readSome(fd, buffer, done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done === length ? buffer : buffer.subarray(0, done);
}

const readSome = (fd: number, buffer: Buffer, done: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(fd, buffer, done, buffer.length - done, position, (error, read) =>
      error === null ? resolve(read) : reject(error),
    );
  });

/** More parts than this and the system refuses a gathered write (IOV_MAX). */
const PARTS_AT_ONCE = 1000;

async function writeAll(fd: number, parts: readonly Uint8Array[], position: number): Promise<void> {
  let at = position;
  for (let i = 0; i < parts.length; i += PARTS_AT_ONCE) {
    const some = parts.slice(i, i + PARTS_AT_ONCE);
    const wanted = some.reduce((sum, part) => sum + part.byteLength, 0);
    const written = await writeSome(fd, some, at);
    // a short write is how a full disk begins; the rest goes, or names the error
    if (written < wanted) await writeRest(fd, Buffer.concat(some).subarray(written), at + written);
    at += wanted;
  }
}

const writeSome = (fd: number, parts: readonly Uint8Array[], position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.writev(fd, parts, position, (error, written) =>
      error === null ? resolve(written) : reject(error),
    );
  });

async function writeRest(fd: number, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await writeSome(fd, [bytes.subarray(done)], position + done);
    if (written === 0) throw new Error('the file system takes no more bytes and says nothing');
    done += written;
  }
}
