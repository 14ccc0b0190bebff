import fc from 'fast-check';
import { Altered, PositionGone } from '../../errors';
import { diskWith, type Disk } from './disk.fixture';
import { draftFrame, partOf } from './frame';
import { randomOf } from './random.fixture';
import { openLog, type Log, type LogOptions } from './log';

const ROOT = '/data';

async function open(disk: Disk, options: Partial<LogOptions> = {}): Promise<Log> {
  return openLog({
    files: disk.files,
    directory: `${ROOT}/log`,
    name: 'numbers',
    segmentBytes: 400,
    cacheBytes: 100,
    readOnly: false,
    held: 0,
    report: () => undefined,
    ...options,
  });
}

const append = (log: Log, texts: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const draft = draftFrame(
      texts.map((text) => Buffer.from(text)),
      texts.length,
    );
    log.append({ make: () => draft, done: ({ base }) => resolve(base), failed: reject });
  });

async function contentOf(log: Log, from = 0): Promise<string[]> {
  const texts: string[] = [];
  for (let at = from; at < log.next();) {
    for (const frame of await log.read(at)) {
      for (let i = at - frame.base; i < frame.count; i += 1) {
        texts.push(partOf(frame, i).toString());
        at += 1;
      }
    }
  }
  return texts;
}

/** Lets all that can go on without the disk go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Life {
  /** Records of each append. */
  readonly batches: readonly number[];
  /** Appends that are not waited for before the next. */
  readonly together: number;
  readonly stopAfter: number;
  readonly done: boolean;
  /** How it ends: the machine without power, or the process killed. */
  readonly power: boolean;
  readonly seed: number;
}

const life: fc.Arbitrary<Life> = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 }),
  together: fc.integer({ min: 1, max: 5 }),
  stopAfter: fc.integer({ min: 0, max: 60 }),
  done: fc.boolean(),
  power: fc.boolean(),
  seed: fc.nat(),
});

/** What the log may hold: what it held, then appends in order, each whole; the answered ones in any case. */
interface Expected {
  readonly certain: string[];
  readonly begun: string[][];
}

async function live(disk: Disk, { batches, together, stopAfter, done }: Life): Promise<Expected> {
  disk.stopAt(disk.calls() + stopAfter, done);
  const expected: Expected = { certain: [], begun: [] };
  const log = await Promise.race([open(disk), settle().then(() => undefined)]);
  if (log === undefined) return expected;
  for (let i = 0; i < batches.length; i += together) {
    const some = batches.slice(i, i + together).map((count, j) => {
      const texts = Array.from({ length: count }, (_, k) => `${disk.calls()}-${i + j}-${k}`);
      expected.begun.push(texts);
      return append(log, texts).then(() => expected.certain.push(...texts));
    });
    const finished = await Promise.race([Promise.all(some), settle().then(() => undefined)]);
    if (finished === undefined) break;
  }
  return expected;
}

describe('a log after power cuts and kills', () => {
  it('holds everything that was acknowledged, in order, and nothing half', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), async (lives) => {
        let disk = diskWith(ROOT);
        let before: string[] = [];
        for (const one of lives) {
          const { certain, begun } = await live(disk, one);
          disk = one.power ? disk.cut(randomOf(one.seed)) : disk.restart();
          const log = await open(disk);
          const now = await contentOf(log);
          expect(now.slice(0, before.length + certain.length)).toEqual([...before, ...certain]);
          const added = now.slice(before.length);
          const whole = begun.flat().slice(0, added.length);
          expect(added).toEqual(whole);
          const ends = begun.map((_, i) => begun.slice(0, i + 1).flat().length);
          expect([0, ...ends]).toContain(added.length);
          await log.close();
          before = now;
        }
      }),
      { numRuns: 250 },
    );
  }, 60_000);

  it('says what it cut off, and goes on after it', async () => {
    const disk = diskWith(ROOT);
    const log = await open(disk, { segmentBytes: 1 << 20 });
    await append(log, ['a', 'b']);
    await append(log, ['cut off']);
    await log.close();
    const [path = ''] = disk.paths();
    disk.alter(path, (content) => content.subarray(0, content.length - 1));
    const messages: string[] = [];
    const again = await open(disk, { report: (message) => messages.push(message) });
    expect(messages).toEqual([expect.stringContaining('the log goes on at 2')]);
    expect(disk.content(path).indexOf('cut')).toBe(-1);
    expect(await append(again, ['d'])).toBe(2);
    expect(await contentOf(again)).toEqual(['a', 'b', 'd']);
  });
});

describe('a log on a disk that fails', () => {
  it('refuses what does not fit, keeps the rest, and goes on when there is room', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), fc.nat(), async (room, seed) => {
        const disk = diskWith(ROOT);
        const log = await open(disk);
        disk.room = room;
        const kept: string[] = [];
        let refused = 0;
        for (let i = 0; i < 20; i += 1) {
          const texts = [`${i}`, 'x'.repeat(i)];
          await append(log, texts).then(
            () => kept.push(...texts),
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'ENOSPC' });
              refused += 1;
            },
          );
        }
        expect(refused).toBeGreaterThan(0);
        expect(await contentOf(log)).toEqual(kept);
        disk.room = undefined;
        await append(log, ['room again']);
        kept.push('room again');
        expect(await contentOf(log)).toEqual(kept);
        expect(await contentOf(await open(disk.cut(randomOf(seed))))).toEqual(kept);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('does not answer for what could not be synced, also after a power cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(), async (failingSyncs, seed) => {
        const disk = diskWith(ROOT);
        const log = await open(disk, { segmentBytes: 1 << 20 });
        await append(log, ['a']);
        disk.failingSyncs = failingSyncs;
        await expect(append(log, ['b'])).rejects.toMatchObject({ code: 'EIO' });
        expect(await contentOf(log)).toEqual(['a']);
        disk.failingSyncs = 0;
        expect(await append(log, ['c'])).toBe(1);
        expect(await contentOf(log)).toEqual(['a', 'c']);
        const again = await open(disk.cut(randomOf(seed)));
        expect(await contentOf(again)).toEqual(['a', 'c']);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a log with an altered byte', () => {
  async function written(segmentBytes: number): Promise<Disk> {
    const disk = diskWith(ROOT);
    const log = await open(disk, { segmentBytes });
    for (let i = 0; i < 9; i += 3) await append(log, [`r${i}`, `r${i + 1}`, `r${i + 2}`]);
    await log.close();
    return disk;
  }

  /** Finds where a text lies and changes a byte of it. */
  function alterRecord(disk: Disk, text: string): void {
    for (const path of disk.paths()) {
      const at = disk.content(path).indexOf(text);
      if (at === -1) continue;
      disk.alter(path, (content) => {
        content[at] = (content[at] ?? 0) ^ 1;
        return content;
      });
      return;
    }
    throw new Error(`no file holds ${text}`);
  }

  it.each([1, 1 << 20])('names the record (segments of %d bytes)', async (segmentBytes) => {
    const disk = await written(segmentBytes);
    alterRecord(disk, 'r4');
    const log = await open(disk, { held: 9 });
    await expect(log.read(3)).rejects.toThrow(Altered);
    await expect(log.read(4)).rejects.toThrow(/numbers: record 4 is not what was written/);
    expect(await contentOf(log, 6)).toEqual(['r6', 'r7', 'r8']);
    expect((await log.read(0)).length).toBe(1);
  });

  it('cuts nothing off that it is known to have held', async () => {
    const disk = await written(1 << 20);
    alterRecord(disk, 'r7');
    await expect(open(disk, { held: 9 })).rejects.toThrow(/record 7 is not what was written/);
    const looking = await open(disk, { held: 9, readOnly: true });
    await expect(looking.read(7)).rejects.toThrow(/record 7 is not what was written/);
    expect((await open(disk, { held: 6 })).next()).toBe(6);
  });

  it('names the records for any byte of any file, and never gives a wrong one', async () => {
    const disk = await written(1 << 20);
    const [path = ''] = disk.paths();
    const whole = Buffer.from(disk.content(path));
    for (let at = 0; at < whole.length; at += 1) {
      disk.alter(path, () => {
        const content = Buffer.from(whole);
        content[at] = (content[at] ?? 0) ^ 0x10;
        return content;
      });
      await expect(
        open(disk, { held: 9, readOnly: true }).then((log) => contentOf(log)),
      ).rejects.toThrow(Altered);
    }
  });

  it('refuses to open where files are missing', async () => {
    const disk = await written(1);
    const [first = '', second = '', last = ''] = disk.paths();
    await disk.files.remove(second);
    const log = await open(disk, { held: 9 });
    expect((await log.read(6)).length).toBe(1);
    await expect(log.read(3)).rejects.toThrow(Altered);
    await disk.files.remove(last);
    await expect(open(disk, { held: 9 })).rejects.toThrow(Altered);
    await disk.files.remove(first);
    await expect(open(disk, { held: 9 })).rejects.toThrow(/held 9/);
  });
});

describe('reading a log', () => {
  it('gives the same from memory and from files, from any offset', async () => {
    const disk = diskWith(ROOT);
    const all = Array.from({ length: 60 }, (_, i) => `r${i}`);
    for (const cacheBytes of [1, 1 << 20]) {
      for (const segmentBytes of [1, 300, 1 << 20]) {
        const directory = `${ROOT}/${cacheBytes}-${segmentBytes}`;
        const log = await open(disk, { cacheBytes, segmentBytes, directory });
        for (let i = 0; i < 60; i += 4) await append(log, all.slice(i, i + 4));
        for (let from = 0; from <= 60; from += 7) {
          expect(await contentOf(log, from)).toEqual(all.slice(from));
        }
        await expect(log.read(61)).rejects.toThrow(PositionGone);
      }
    }
  });

  it('does not see what is not durable yet', async () => {
    const disk = diskWith(ROOT);
    const log = await open(disk);
    await append(log, ['a']);
    disk.stopAt(disk.calls() + 1, true);
    void append(log, ['b']);
    await settle();
    expect(log.next()).toBe(1);
    expect(await log.read(1)).toEqual([]);
  });
});
