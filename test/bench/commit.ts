import { execFileSync } from 'node:child_process';

/** The commit that is measured, and whether the tree differs from it. */
export function commit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: __dirname, encoding: 'utf8' }).trim();
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ', with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
