import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const TEN_MINUTES = 600_000;

const inClone = (folder: string, command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

// needs git and the npm cache or registry; what is committed is what is tested
const whereGitIs = existsSync(join(root, '.git')) ? it : it.skip;

describe('a fresh clone', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-clone-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  whereGitIs(
    'says what to run before it is built, then builds and answers --help',
    () => {
      inClone(root, 'git', 'clone', '--quiet', root, folder);
      inClone(folder, 'npm', 'install', '--no-save', '--prefer-offline', '--ignore-scripts');
      expect(() => inClone(folder, 'npx', '--no-install', 'tidemark', '--help')).toThrow(
        'npm run build',
      );
      inClone(folder, 'npm', 'run', 'build');
      expect(inClone(folder, 'npx', '--no-install', 'tidemark', '--help')).toContain(
        'Usage: tidemark',
      );
      expect(inClone(folder, 'git', 'status', '--porcelain')).toBe('');
    },
    TEN_MINUTES,
  );
});
