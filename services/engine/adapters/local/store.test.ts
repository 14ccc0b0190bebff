import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  commitOf,
  journal,
  output,
  OUTPUT_TOPIC,
  textOf,
  values,
} from '../../contracts/subject.contract';
import { Altered } from '../../errors';
import { encodeJournal } from '../../journal';
import { StoreRefused } from './lock';
import { holdDirectory, openLocalStore, type LocalStore, type LocalStoreOptions } from './store';

const ALL = { records: 1000, bytes: 1 << 20 };
const IN = 'numbers';

let directory = '';
const open: LocalStore[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-store-'));
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(directory, { recursive: true, force: true });
});

const optionsOf = (more: Partial<LocalStoreOptions>): LocalStoreOptions => ({
  directory,
  application: 'test',
  partitions: 2,
  inputTopics: [IN],
  globalTopics: ['lists'],
  ...more,
});

async function openStore(more: Partial<LocalStoreOptions> = {}): Promise<LocalStore> {
  const store = await openLocalStore(optionsOf(more));
  open.push(store);
  return store;
}

async function close(store: LocalStore): Promise<void> {
  open.splice(open.indexOf(store), 1);
  await store.close();
}

/** A process that runs until it is told to end. */
async function otherProcess(): Promise<{ pid: number; end: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function lockOf(pid: number, began?: string): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const real = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return JSON.stringify({ pid, began: began ?? real, host: hostname(), boot: boot.trim() });
}

describe('a data directory', () => {
  it('is refused to a second opener, in this process or another', async () => {
    const store = await openStore();
    await expect(openStore()).rejects.toThrow(`pid ${process.pid}`);
    await close(store);
    const other = await otherProcess();
    try {
      await writeFile(join(directory, 'lock'), await lockOf(other.pid));
      await expect(openStore()).rejects.toThrow(`process ${other.pid}`);
    } finally {
      await other.end();
    }
    const messages: string[] = [];
    await openStore({ report: (message) => messages.push(message) });
    expect(messages).toEqual([expect.stringContaining(`left behind by process ${other.pid}`)]);
  });

  it('is taken over where the number of its process is in use again', async () => {
    const other = await otherProcess();
    try {
      await writeFile(join(directory, 'lock'), await lockOf(other.pid, '1'));
      await openStore();
    } finally {
      await other.end();
    }
  });

  it('is refused to another thread of the process that has it', async () => {
    await writeFile(join(directory, 'lock'), await lockOf(process.pid));
    await expect(openStore()).rejects.toThrow(`process ${process.pid}`);
  });

  it('is held once and opened partition by partition', async () => {
    const give = await holdDirectory({ directory, application: 'test', partitions: 2 });
    await expect(openStore()).rejects.toThrow(StoreRefused);
    const parts = await Promise.all([0, 1].map((only) => openStore({ only })));
    for (const [i, store] of parts.entries()) {
      await store.partition(i).writer.append(IN, values(i + 1));
      expect(() => store.partition(1 - i)).toThrow(RangeError);
      await close(store);
    }
    await give();
    const store = await openStore();
    expect((await store.partition(0).ports.inputs.bounds(IN)).next).toBe(1);
    expect((await store.partition(1).ports.inputs.bounds(IN)).next).toBe(2);
  });

  it('is taken over where the lock file was lost in a power cut, and not from another machine', async () => {
    await writeFile(join(directory, 'lock'), '');
    await close(await openStore());
    const lock = { pid: 1, began: '1', host: 'elsewhere', boot: 'other' };
    await writeFile(join(directory, 'lock'), JSON.stringify(lock));
    await expect(openStore()).rejects.toThrow(/elsewhere/);
  });

  it('gives its lock back when it is closed and when opening fails', async () => {
    await close(await openStore());
    await expect(openStore({ partitions: 3 })).rejects.toThrow(StoreRefused);
    expect(await readdir(directory)).not.toContain('lock');
  });

  it('is refused to another application, number of partitions or format', async () => {
    await close(await openStore());
    await expect(openStore({ application: 'other' })).rejects.toThrow(
      /application test, not of other/,
    );
    await expect(openStore({ partitions: 3 })).rejects.toThrow(/2 partitions, not 3/);
    const path = join(directory, 'format.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"format": 2', '"format": 3'));
    await expect(openStore()).rejects.toThrow(/has format 3, this program reads 2/);
    await rm(path);
    await expect(openStore()).rejects.toThrow(/is missing beside data/);
  });

  it('whose making was cut off before its partitions were there is made whole', async () => {
    await close(await openStore());
    await rm(join(directory, 'made.json'));
    await rm(join(directory, 'partition-1'), { recursive: true });
    await close(await openStore());
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['made.json', 'partition-1']));
  });

  it('is not made by who only looks', async () => {
    await expect(openStore({ readOnly: true })).rejects.toThrow(StoreRefused);
    await rm(directory, { recursive: true });
    await expect(openStore({ readOnly: true })).rejects.toThrow(StoreRefused);
  });

  it('refuses a topic whose name is no name of a folder', async () => {
    await expect(openStore({ inputTopics: ['../x'] })).rejects.toThrow(StoreRefused);
  });
});

describe('a store', () => {
  it('shows global topics to all partitions, which cannot write to them', async () => {
    const store = await openStore();
    await store.globals.append('lists', values(2));
    for (const n of [0, 1]) {
      const { ports, writer } = store.partition(n);
      expect((await ports.inputs.read('lists', 0, ALL)).next).toBe(2);
      await expect(writer.append('lists', values(1))).rejects.toThrow(RangeError);
    }
    await expect(store.globals.append(IN, values(1))).rejects.toThrow(RangeError);
    expect(() => store.partition(2)).toThrow(RangeError);
  });

  it('takes thousands of appends at once, in the order of the calls', async () => {
    const { writer, ports } = (await openStore({ cacheBytes: 1 })).partition(0);
    const appends = Array.from({ length: 2500 }, (_, i) => writer.append(IN, values(2, `${i}-`)));
    expect(await Promise.all(appends)).toEqual(appends.map((_, i) => 2 * i));
    const { records } = await ports.inputs.read(IN, 0, { records: 5000, bytes: 1 << 20 });
    expect(records.map(({ value }) => textOf(value))).toEqual(
      appends.flatMap((_, i) => [`${i}-0`, `${i}-1`]),
    );
  });

  it('that is closed leaves nobody waiting for records', async () => {
    const store = await openStore();
    const { ports, outputs } = store.partition(0);
    const longest = 2 ** 31 - 1;
    const waits = [
      ports.inputs.changed(new Map([[IN, 0]]), longest),
      ports.inputs.changed(new Map([['lists', 0]]), longest),
      outputs.changed(new Map([[OUTPUT_TOPIC, 0]]), longest),
    ];
    await close(store);
    await Promise.all(waits);
  });

  it('keeps partitions apart', async () => {
    const store = await openStore();
    await store.partition(0).writer.append(IN, values(2));
    expect(await store.partition(1).ports.inputs.bounds(IN)).toEqual({ first: 0, next: 0 });
  });

  it('can be looked into while it is open, and takes nothing then', async () => {
    const store = await openStore();
    const { writer, ports } = store.partition(0);
    await writer.append(IN, values(3));
    await ports.ledger.commit(await ports.ledger.fence(), commitOf(0, [output('a')]));
    const looking = await openStore({ readOnly: true });
    const seen = looking.partition(0);
    expect((await seen.ports.inputs.read(IN, 0, ALL)).records).toHaveLength(3);
    expect((await seen.ports.ledger.last())?.record.step).toBe(0);
    expect((await seen.outputs.read(OUTPUT_TOPIC, 0, ALL)).records).toHaveLength(1);
    expect(await seen.ports.checkpoints.restart()).toBeUndefined();
    await expect(seen.writer.append(IN, values(1))).rejects.toThrow(/not open for writing/);
    const owner = await seen.ports.ledger.fence();
    await expect(seen.ports.ledger.commit(owner, commitOf(1))).rejects.toThrow(/not open/);
  });

  it('refuses a step that is not the next one, and goes on', async () => {
    const { ports, outputs } = (await openStore()).partition(0);
    const owner = await ports.ledger.fence();
    const settled = await Promise.allSettled([
      ports.ledger.commit(owner, commitOf(0, [output('a')])),
      ports.ledger.commit(owner, commitOf(5, [output('no')])),
      ports.ledger.commit(owner, commitOf(1, [output('b')])),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { records } = await outputs.read(OUTPUT_TOPIC, 0, ALL);
    expect(records.map(({ offset, value }) => [offset, textOf(value)])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  it('finds outputs at any offset after many steps, segments and openings', async () => {
    const total = 120;
    for (let i = 0; i < 3; i += 1) {
      const store = await openStore({ segmentBytes: 2000, cacheBytes: 1 });
      const { ports, outputs } = store.partition(0);
      const owner = await ports.ledger.fence();
      for (let step = (i * total) / 3; step < ((i + 1) * total) / 3; step += 1) {
        const some = step % 3 === 0 ? [output(`${step}a`), output(`${step}b`)] : [];
        await ports.ledger.commit(owner, commitOf(step, [...some, output('t', 'tasks')]));
      }
      const next = 2 * Math.ceil(((i + 1) * total) / 9);
      for (let from = next; from >= 0; from -= 1) {
        const { records } = await outputs.read(OUTPUT_TOPIC, from, { ...ALL, records: 2 });
        expect(records.map(({ offset, value }) => [offset, textOf(value)])).toEqual(
          [from, from + 1]
            .filter((offset) => offset < next)
            .map((o) => [o, `${Math.floor(o / 2) * 3}${o % 2 === 0 ? 'a' : 'b'}`]),
        );
      }
      await close(store);
    }
  });
});

describe('altered data', () => {
  const steps = (partition: number): string => join(directory, `partition-${partition}`, 'steps');

  async function written(): Promise<void> {
    const store = await openStore();
    const { writer, ports } = store.partition(0);
    await writer.append(IN, values(3));
    const owner = await ports.ledger.fence();
    await ports.ledger.commit(owner, commitOf(0));
    const record = { ...journal(1), positions: { [IN]: 3 } };
    await ports.ledger.commit(owner, {
      ...commitOf(1),
      journal: record,
      bytes: encodeJournal(record),
    });
    await close(store);
  }

  async function alter(folder: string, text: string): Promise<void> {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const content = await readFile(path);
      const at = content.lastIndexOf(text);
      if (at === -1) continue;
      content[at] = (content[at] ?? 0) ^ 1;
      await writeFile(path, content);
      return;
    }
    throw new Error(`no file in ${folder} holds ${text}`);
  }

  it('is not taken for the end of a log that was closed', async () => {
    await written();
    await alter(steps(0), 'records');
    await expect(openStore()).rejects.toThrow(/the journal of partition 0: record 1 is not/);
    const looking = await openStore({ readOnly: true });
    await expect(looking.partition(0).ports.ledger.read(0, 10)).rejects.toThrow(Altered);
  });

  it('is not taken for the end of a log whose records a step has taken', async () => {
    await written();
    await rm(join(directory, 'ends.json'));
    await alter(join(directory, 'partition-0', 'topics', IN), 'v2');
    await expect(openStore()).rejects.toThrow(/numbers in partition-0\/topics: record 2 is not/);
  });

  it.each(['partition-0', 'partition-1', 'partition-1/steps'])(
    'is not taken for new where %s was removed, held or not, or only looked at',
    async (folder) => {
      await written();
      await rm(join(directory, folder), { recursive: true });
      const held = { directory, application: 'test', partitions: 2 };
      const gone = new RegExp(`${folder.slice(0, 11)} was made and is gone`);
      await expect(openStore()).rejects.toThrow(gone);
      await expect(holdDirectory(held)).rejects.toThrow(StoreRefused);
      await expect(openStore({ readOnly: true })).rejects.toThrow(gone);
      await expect(openStore({ readOnly: true, only: 0 })).rejects.toThrow(gone);
      expect(await readdir(directory)).not.toContain('lock');
    },
  );

  it('makes the checkpoint begin anew, with a message', async () => {
    await written();
    const states = join(directory, 'partition-1', 'states');
    const manifest = (await readdir(states)).find((name) => name.startsWith('MANIFEST')) ?? '';
    await writeFile(join(states, manifest), Buffer.alloc(100, 7));
    const messages: string[] = [];
    const store = await openStore({ report: (message) => messages.push(message) });
    expect(messages).toEqual([expect.stringContaining('the checkpoint was damaged')]);
    expect(await store.partition(1).ports.checkpoints.restart()).toBeUndefined();
  });
});
