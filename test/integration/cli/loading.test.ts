import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

jest.setTimeout(60_000);

const MAIN = join(__dirname, '../../../services/cli/dist/main.js');
const CLIENTS = ['kafkajs', 'kafkajs-snappy', 'ioredis', '@kafkajs/confluent-schema-registry'];
const OF_A_SERVER = ['fastify', 'classic-level'];

/** Which of the clients of a cluster, and of what a server needs, a command line has loaded when it ends. */
function loadedBy(...args: readonly string[]): readonly string[] {
  const program = `require(${JSON.stringify(MAIN)}).main(${JSON.stringify(args)}).then(() => {
    const files = Object.keys(require.cache).join('\\n');
    console.error(JSON.stringify(${JSON.stringify([...CLIENTS, ...OF_A_SERVER])}.filter((name) => files.includes('/node_modules/' + name + '/'))));
  });`;
  const { stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  const names: readonly string[] = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
  return names;
}

it('loads what its command needs, and not what the others do', () => {
  expect(loadedBy('rate', '--help')).toEqual([]);
  expect(loadedBy('start', '--help')).toEqual(expect.arrayContaining(OF_A_SERVER));
});

it('loads the clients of a cluster where there is one, and nowhere else', () => {
  expect(loadedBy('--version')).toEqual([]);
  expect(loadedBy('send', 'no-such-file', '--url', 'http://127.0.0.1:1', '--wait', '0')).toEqual(
    [],
  );
  const where = ['--brokers', '127.0.0.1:1', '--registry', 'http://127.0.0.1:1'];
  expect(loadedBy('send', 'no-such-file', ...where, '--wait', '0')).toEqual(
    expect.arrayContaining(['kafkajs', '@kafkajs/confluent-schema-registry']),
  );
});
