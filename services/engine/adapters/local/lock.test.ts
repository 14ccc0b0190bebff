import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory } from './lock';

const read = (file: string): string => readFileSync(file, 'utf8');
const fieldsOf = (pid: number): string[] => {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('the lock of a data directory', () => {
  onLinux('does not hold for a process that has ended and is not waited for', async () => {
    // the shell becomes a process that takes leave of no child
    const parent = spawn('bash', ['-c', 'true & echo $!; exec sleep 60'], { stdio: 'pipe' });
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
    try {
      const pid = Number(
        await new Promise<string>((resolve) => {
          parent.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
        }),
      );
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
});
