import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '@tidemark/cli/main';
import type { Command } from 'commander';
import { DEPLOY } from './rule-files';

const markdown = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const FILES = [
  join(DEPLOY, '../README.md'),
  ...[DEPLOY, join(DEPLOY, 'runbooks'), join(DEPLOY, 'runbooks/procedures')].flatMap(markdown),
];

/** What stands between backticks, over ends of lines too, and the lines of blocks. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```(?!text)\w*\n([^]*?)^ *```/gm)].map(
    ([, block]) => block ?? '',
  );
  const rest = text.replaceAll(/^ *```\w*\n[^]*?^ *```/gm, '');
  const spans = [...rest.matchAll(/`([^`]+)`/g)].map(([, span]) => span ?? '');
  return [...blocks.flatMap((block) => block.split('\n')), ...spans].map((code) =>
    code.replaceAll(/\s+/g, ' ').trim(),
  );
}

/** The commands of one kind, each with the file that has it. */
const written = (begins: RegExp): [string, string][] =>
  FILES.flatMap((file) =>
    codeOf(readFileSync(file, 'utf8'))
      .filter((code) => begins.test(code))
      .map((code): [string, string] => [file.slice(join(DEPLOY, '..').length + 1), code]),
  );

/** As a shell parts them; a word in capitals stands for a name or number. */
const wordsOf = (code: string): string[] =>
  (code.replace(/ +#.*$/, '').match(/"[^"]*"|'[^']*'|\S+/g) ?? [])
    .map((word) => word.replaceAll(/["']/g, '').replaceAll(/\b[A-Z][A-Z_]*\b/g, '1'))
    .slice(/^npx /.test(code) ? 2 : 1);

/** @returns what is wrong with a command line; undefined: it would run */
async function fault(words: readonly string[]): Promise<string | undefined> {
  const root = await program(() => undefined, words[0]);
  const quiet = (command: Command): void => {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    command.exitOverride();
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(quiet);
  };
  quiet(root);
  try {
    root.parse([...words], { from: 'user' });
    return undefined;
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    return code === 'commander.helpDisplayed' ? undefined : message;
  }
}

/** One word alone is a name, not to be typed. */
const ours = written(/^(?:npx )?tidemark [a-z-]+ |^npx tidemark [a-z]/);

describe('what is written to be typed', () => {
  it.each(ours)('%s: %s', async (_file, code) => {
    expect(code).not.toContain('...');
    expect(await fault(wordsOf(code))).toBeUndefined();
  });

  it('is found, and would be seen to be wrong', async () => {
    expect(ours.length).toBeGreaterThan(30);
    expect(await fault(['skip', '--topic', '1', '--offset', '1', '--reason', 'r'])).toMatch(
      /partition/,
    );
    expect(await fault(['dead-letters', 'liste'])).toMatch(/unknown|too many/);
    expect(await fault(['verify', '--broker', 'a:1'])).toMatch(/unknown option/);
    expect(await fault(['topics', 'check'])).toBeUndefined();
  });

  it('gives Redis no word that a shell would take for a redirect', () => {
    const isRedirect = (code: string): boolean =>
      /[<>]/.test(code.replaceAll(/"[^"]*"|'[^']*'/g, ''));
    const all = written(/\bredis-cli\b|^(?:ACL|CONFIG) /);
    expect(all.length).toBeGreaterThan(8);
    expect(all.filter(([, code]) => isRedirect(code))).toEqual([]);
    expect(isRedirect('redis-cli ACL SETUSER one >NEW')).toBe(true);
  });

  it("tells Kafka's tools where Kafka is, and who asks", () => {
    const tools = written(/^kafka-[a-z-]+\.sh /);
    expect(tools.length).toBeGreaterThan(4);
    for (const [file, code] of tools) {
      const isWhole = /--bootstrap-server \S+/.test(code) && /--command-config \S+/.test(code);
      expect([file, code, isWhole]).toEqual([file, code, true]);
    }
  });
});
