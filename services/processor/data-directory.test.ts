import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { addSkip, openDataDirectory, readSkips } from './data-directory';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemark-data-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const skipOf = (offset: number, reason = 'why') => ({ topic: 'events', offset, reason });
const open = () => openDataDirectory(directory, 2, () => undefined);

describe('the orders to pass events over', () => {
  it('add up, and a later one about the same event takes the place of the earlier', async () => {
    await (await open()).close();
    await addSkip(directory, 1, skipOf(3));
    await addSkip(directory, 1, skipOf(5));
    await addSkip(directory, 1, skipOf(3, 'other'));
    expect(readSkips(directory, 1)).toEqual([skipOf(5), skipOf(3, 'other')]);
    expect(readSkips(directory, 0)).toEqual([]);
  });

  it('stay whole when writing more of them fails', async () => {
    await (await open()).close();
    await addSkip(directory, 0, skipOf(3));
    // the file beside, which takes the new orders first, cannot be made
    mkdirSync(join(directory, 'partition-0', 'skips.json.new'));
    await expect(addSkip(directory, 0, skipOf(5))).rejects.toThrow('EISDIR');
    expect(readSkips(directory, 0)).toEqual([skipOf(3)]);
  });

  it('are refused, with what to do, where their file was altered or the partition is gone', async () => {
    await (await open()).close();
    writeFileSync(join(directory, 'partition-0', 'skips.json'), '[{"topic":');
    expect(() => readSkips(directory, 0)).toThrow(/is no JSON: restore it from a copy/);
    await expect(addSkip(directory, 0, skipOf(5))).rejects.toThrow(StoreRefused);
    await expect(addSkip(directory, 7, skipOf(5))).rejects.toThrow(/restore it from a copy/);
    expect(readdirSync(directory)).not.toContain('partition-7');
  });
});
