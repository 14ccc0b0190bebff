import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blob, commitOf, output, OUTPUT_TOPIC } from '../../contracts/subject.contract';
import { codeOf } from '../../errors';
import { openLocalStore, type LocalPartition, type LocalStore } from './store';

const IN = 'numbers';
const MIB = 1 << 20;

/** A small file system in memory; undefined: this user may not mount one. */
function mountSmall(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'tidemark-full-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', directory]);
  if (status === 0) return directory;
  rmdirSync(directory);
  return undefined;
}

const mounted = mountSmall();

afterAll(() => {
  if (mounted === undefined) return;
  spawnSync('umount', [mounted]);
  rmdirSync(mounted);
});

const open = (directory: string): Promise<LocalStore> =>
  openLocalStore({
    directory,
    application: 'test',
    partitions: 1,
    inputTopics: [IN],
    globalTopics: [],
    segmentBytes: MIB / 2,
  });

/** Works until the disk is full. @returns steps and records that were acknowledged */
async function fill(
  { ports, writer }: LocalPartition,
  steps: number,
): Promise<{ steps: number; records: number; codes: Set<string | undefined> }> {
  const owner = await ports.ledger.fence();
  const codes = new Set<string | undefined>();
  let next = steps;
  let records = 0;
  for (let refused = 0; refused < 10;) {
    const values = Array.from({ length: 100 }, () => Buffer.alloc(300, next));
    const checkpoint = {
      blobs: Array.from({ length: 20 }, (_, i) => blob(`k${i}`, next, 'x'.repeat(300))),
      forgotten: [],
      restart: { step: next, position: next, asOf: next },
    };
    const [appended, committed] = await Promise.allSettled([
      writer.append(IN, values),
      ports.ledger.commit(owner, commitOf(next, [output('o'.repeat(200))], checkpoint)),
    ]);
    if (appended.status === 'fulfilled') records += values.length;
    if (committed.status === 'fulfilled') next += 1;
    for (const one of [appended, committed]) {
      if (one.status === 'fulfilled') continue;
      refused += 1;
      codes.add(codeOf(one.reason));
    }
  }
  return { steps: next, records, codes };
}

async function check(
  { ports, outputs }: LocalPartition,
  steps: number,
  records: number,
): Promise<void> {
  expect(await ports.inputs.bounds(IN)).toEqual({ first: 0, next: records });
  expect((await ports.ledger.last())?.record.step).toBe(steps - 1);
  expect((await outputs.bounds(OUTPUT_TOPIC)).next).toBe(steps);
  const [state] = await ports.checkpoints.get(['k0']);
  expect(state?.step).toBeLessThan(steps);
}

(mounted === undefined ? describe.skip : describe)('a store on a small file system', () => {
  it('refuses what does not fit, loses nothing, and goes on when there is room', async () => {
    const directory = join(mounted ?? '', 'data');
    const ballast = [1, 2].map((i) => join(mounted ?? '', `ballast-${i}`));
    for (const path of ballast) await writeFile(path, Buffer.alloc(2 * MIB));
    const store = await open(directory);
    const full = await fill(store.partition(0), 0);
    expect([...full.codes]).toContain('ENOSPC');
    expect(full.records).toBeGreaterThan(0);
    await check(store.partition(0), full.steps, full.records);
    await rm(ballast[0] ?? '');
    const more = await fill(store.partition(0), full.steps);
    expect(more.steps).toBeGreaterThan(full.steps);
    const records = full.records + more.records;
    await check(store.partition(0), more.steps, records);
    await rm(ballast[1] ?? '');
    await store.close();
    const again = await open(directory);
    await check(again.partition(0), more.steps, records);
    await again.close();
  }, 60_000);
});
