import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { shell, startChild, suiteFolder, type Child } from '../cli/tidemark';
import { end, isReady, startServer, type ServerProcess } from './server-process';

jest.setTimeout(300_000);

const folder = suiteFolder();
const CLI = join(__dirname, '../../../services/cli');
const SMALL = '--port 0 --customers 100';

let server: ServerProcess;

/** In the folder, with ./data as the examples have it. */
beforeAll(async () => {
  copyFileSync(join(CLI, 'examples/first-rating.jsonl'), join(folder, 'events.jsonl'));
  server = await startServer(join(folder, 'data'), ['--customers', '300', '--quiet']);
  await server.child.until(isReady);
});

afterAll(async () => {
  await end(server, 'SIGKILL');
});

async function examplesOf(command: string): Promise<string[]> {
  const { code, out } = await shell(`tidemark ${command} --help`, folder);
  expect(code).toBe(0);
  const found = [...out.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line]) => line ?? '');
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** A day within the sample, which ends today, and without a program that may not be there. */
const fitted = (example: string): string =>
  example
    .replace(/\d{4}-\d\d-\d\dT12/g, `${new Date(Date.now() - 1e10).toISOString().slice(0, 10)}T12`)
    .replace('| jq .faults', '| grep faults');

describe('the examples of the help for a server', () => {
  it.each(['send', 'watch', 'verify', 'replay', 'dead-letters list'])(
    'of tidemark %s run',
    async (command) => {
      for (const example of await examplesOf(command)) {
        const { code, out, err } = await shell(
          `export TIDEMARK_URL=${server.url}; ${fitted(example)}`,
          folder,
        );
        expect({ example, code, err: code === 0 ? '' : err }).toEqual({
          example,
          code: 0,
          err: '',
        });
        expect({ example, told: `${out}${err}` !== '' || example.includes('--quiet') }).toEqual({
          example,
          told: true,
        });
      }
    },
  );

  it('of tidemark start run, on other ports and with a small sample, and end by a signal', async () => {
    for (const example of await examplesOf('start')) {
      const line = example.replace('tidemark', `exec ${process.execPath} ${CLI}/bin/tidemark.js`);
      const elsewhere = line.includes('--data') ? line : `${line} --data ./first`;
      const child: Child = startChild('bash', ['-c', `${elsewhere} ${SMALL}`], folder);
      await child.until(isReady);
      child.process.kill('SIGTERM');
      expect({ example, ...(await child.ended) }).toEqual({ example, code: 0, signal: null });
    }
  });
});
