import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './lock';

const read = (file: string): string => readFileSync(file, 'utf8');
const fieldsOf = (pid: number): string[] => {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** What a process that runs would have written. */
const lockOf = (pid: number): string =>
  JSON.stringify({
    pid,
    began: fieldsOf(pid)[19] ?? '',
    host: hostname(),
    boot: read('/proc/sys/kernel/random/boot_id').trim(),
  });

const gone = (pid: number): string => JSON.stringify({ ...JSON.parse(lockOf(process.pid)), pid });

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('the lock of a data directory', () => {
  onLinux('does not hold for a process that has ended and is not waited for', async () => {
    // the shell becomes a process that takes leave of no child; its child ends when told
    const script = 'exec 3<&0; (read _ <&3) & echo $!; exec sleep 60';
    const parent = spawn('bash', ['-c', script], { stdio: 'pipe' });
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
    try {
      const pid = Number(
        await new Promise<string>((resolve) => {
          parent.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
        }),
      );
      const nameOfParent = (): string => read(`/proc/${parent.pid}/comm`).trim();
      while (nameOfParent() !== 'sleep') await new Promise((resolve) => setImmediate(resolve));
      parent.stdin.end('\n');
      while (fieldsOf(pid)[0] !== 'Z') await new Promise((resolve) => setImmediate(resolve));
      const began = fieldsOf(pid)[19] ?? '';
      const boot = read('/proc/sys/kernel/random/boot_id').trim();
      const holder = { pid, began, host: hostname(), boot };
      writeFileSync(join(directory, 'lock'), JSON.stringify(holder));
      const release = await lockDirectory(directory, () => undefined);
      expect(JSON.parse(read(join(directory, 'lock')))).toMatchObject({ pid: process.pid });
      await release();
    } finally {
      parent.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  onLinux('is not taken from the process that was first to take it over', async () => {
    await withDirectory(async (directory, lock) => {
      writeFileSync(lock, gone(4_194_303));
      // the other one has it in the moment in which this one has found it left behind
      const beaten = lockDirectory(directory, () => writeFileSync(lock, lockOf(process.ppid)));
      await expect(beaten).rejects.toThrow(`process ${process.ppid} on`);
      expect(read(lock)).toBe(lockOf(process.ppid));
      expect(readdirSync(directory)).toEqual(['lock']);
    });
  });

  onLinux('is not touched while another process takes it over', async () => {
    await withDirectory(async (directory, lock) => {
      writeFileSync(lock, gone(4_194_303));
      writeFileSync(`${lock}.over`, lockOf(process.ppid));
      const refused = lockDirectory(directory, () => undefined);
      await expect(refused).rejects.toThrow(`process ${process.ppid} on`);
      expect(read(lock)).toBe(gone(4_194_303));
    });
  });

  onLinux('is taken over where a process has ended while it took it over', async () => {
    await withDirectory(async (directory, lock) => {
      writeFileSync(lock, gone(4_194_303));
      writeFileSync(`${lock}.over`, gone(4_194_302));
      const release = await lockDirectory(directory, () => undefined);
      expect(readdirSync(directory)).toEqual(['lock']);
      await release();
      expect(readdirSync(directory)).toEqual([]);
    });
  });
});

async function withDirectory(use: (directory: string, lock: string) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
  try {
    await use(directory, join(directory, 'lock'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
