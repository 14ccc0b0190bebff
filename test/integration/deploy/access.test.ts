import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOPICS } from '@tidemark/processor/topic-settings';
import { connectRedis } from '@tidemark/engine/adapters/redis/connection';
import { redisReader } from '@tidemark/engine/adapters/redis/reader';
import { redisStates } from '@tidemark/engine/adapters/redis/states';
import { blob } from '@tidemark/engine/contracts/subject.contract';
import { lab, WHOSE } from '../cluster/redis.fixture';
import {
  describeWithServers,
  scratchFolder,
  startRedis,
  type RedisServer,
} from '../cluster/servers';

const DEPLOY = join(__dirname, '../../../deploy');
const SCRIPT = join(DEPLOY, 'access/access.js');
const PASSWORDS = { REDIS_PASSWORD_PROCESSOR: 'one', REDIS_PASSWORD_API: 'two' };

const lines = (what: string, ...args: string[]): string[] =>
  execFileSync('node', [SCRIPT, what, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...PASSWORDS, KAFKA_ACLS: 'acls' },
  })
    .trim()
    .split('\n');

describe('the access list for Kafka', () => {
  const all = lines('kafka', 'bank.tidemark', 'tidemark-eu');
  const topicsOf = (principal: string, operation: string): string[] =>
    all
      .filter((line) => line.includes(`User:tidemark-${principal} --operation ${operation} `))
      .flatMap((line) => [...line.matchAll(/--topic (\S+)/g)].map(([, topic = '']) => topic));

  it('names every topic, and none that there is not', () => {
    const topics = TOPICS.map(({ name }) => `bank.tidemark.${name}.v1`).sort();
    expect([...topicsOf('operator', 'Read')].sort()).toEqual(topics);
    expect(topics).toEqual(expect.arrayContaining(topicsOf('processor', 'Write')));
  });

  it('lets the processor alone write what is rated, and it no events', () => {
    for (const { name, role } of TOPICS) {
      const topic = `bank.tidemark.${name}.v1`;
      const isMade = role === 'output' || role === 'own';
      expect([name, topicsOf('processor', 'Write').includes(topic)]).toEqual([name, isMade]);
      // what the interface refuses is a dead letter too
      const isSent = role === 'input' || name === 'dead-letters';
      expect([name, topicsOf('api', 'Write').includes(topic)]).toEqual([name, isSent]);
      if (isMade) expect(topicsOf('operator', 'Write')).not.toContain(topic);
    }
  });

  it('gives transactional ids and the group of the application only', () => {
    const others = all.filter((line) => /--group|--transactional-id/.test(line));
    expect(others).toHaveLength(7);
    for (const line of others) expect(line).toContain(' tidemark-eu');
  });

  it('shows a subscriber what is published about grades, and nothing that it came from', () => {
    const may = all.filter((line) => line.includes('User:tidemark-subscriber'));
    expect(may).toHaveLength(1);
    expect(topicsOf('subscriber', 'Read')).toEqual([
      'bank.tidemark.grade-changes.v1',
      'bank.tidemark.ratings.v1',
    ]);
    expect(may[0]).toMatch(/--group tidemark-eu-subscriber$/);
  });

  it('shows what is restricted to those alone who may know of it', () => {
    const may = ['processor', 'api', 'operator', 'subscriber', 'compliance'].filter((principal) =>
      topicsOf(principal, 'Read').includes('bank.tidemark.restricted.v1'),
    );
    expect(may).toEqual(['api', 'operator', 'compliance']);
  });

  it('gives the rights of a principal to its next user alone, and takes them away again', () => {
    const rights = all.filter((line) => line.includes('User:tidemark-api'));
    const names = ['bank.tidemark', 'tidemark-eu'] as const;
    const next = lines('kafka', ...names, '--user', 'api=tidemark-api-2');
    expect(next).toEqual(rights.map((line) => line.replace('tidemark-api', 'tidemark-api-2')));
    const gone = lines('kafka', ...names, '--user', 'api=tidemark-api', '--remove');
    expect(gone).toEqual(rights.map((line) => line.replace('--add', '--remove --force')));
    expect(() => lines('kafka', '--user', 'nobody=x')).toThrow(/usage/);
  });

  it('of users of Redis is all or nothing: without a password nobody is half let in', () => {
    for (const REDIS_PASSWORD_API of ['', 'two words', 'a"b', "a'b", 'a\\b']) {
      const env = { ...process.env, ...PASSWORDS, REDIS_PASSWORD_API };
      const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, 'redis'], { env });
      expect({ status, out: String(stdout) }).toEqual({ status: 2, out: '' });
      expect(String(stderr)).toMatch(/^REDIS_PASSWORD_API is not set, or has[^\n]*\n$/);
    }
  });
});

describeWithServers(
  'the access list for Redis',
  () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis({ own: true });
    });

    it('lets the processor write, the interface read, and neither another application', async () => {
      const admin = lab(server.url);
      for (const line of lines('redis')) {
        const [, ...words] = line.split(' ');
        await admin.raw.call('acl', ...words);
      }
      const connect = (user: string, password: string) =>
        connectRedis({ urls: [server.url], username: `tidemark-${user}`, password });
      const processor = connect('processor', 'one');
      const api = connect('api', 'two');
      const refused = { code: 'NOPERM' };
      try {
        const of = (connection: typeof api, application: string) =>
          redisStates({ connection, application, ...WHOSE });
        const states = of(processor, 'tidemark');
        await states.open(1);
        await states.forget(1);
        const blobs = [blob('a', 1, 'a1')];
        await states.put({ owner: 1, previous: undefined, step: 1, blobs });
        const reader = redisReader({ connection: api, application: 'tidemark', generation: 1 });
        expect(await reader.watermark(0)).toBe(1);
        expect(await reader.read(0, 'a')).toMatchObject({ watermark: 1 });
        // within a script Redis says it in other words
        await expect(of(api, 'tidemark').open(2)).rejects.toMatchObject({ name: 'RedisError' });
        const next = { owner: 1, previous: 1, step: 2, blobs: [blob('a', 2, 'a2')] };
        expect(await states.put(next)).toBe('applied');
        await expect(of(processor, 'another').open(1)).rejects.toMatchObject(refused);
      } finally {
        processor.close();
        api.close();
        admin.connection.close();
        admin.raw.disconnect();
      }
    });
  },
  { servers: ['redis'], own: true },
);

/** The shell's lines of a document after a text, as they stand there, block by block. */
function blocksOf(file: string, after: string): string[] {
  const text = readFileSync(join(DEPLOY, file), 'utf8');
  const blocks = text.slice(text.indexOf(after)).matchAll(/^ *```sh\n([^]*?)^ *```/gm);
  return [...blocks].map(([, block = '']) => block);
}

describeWithServers(
  'users of Redis, by the commands of the documents',
  () => {
    it('are there after a restart, get new passwords, and are all that there is', async () => {
      const folder = scratchFolder('redis-users');
      symlinkSync(DEPLOY, join(folder, 'deploy'));
      const aclfile = join(folder, 'users.acl');
      writeFileSync(aclfile, '');
      const server = await startRedis({ folder, config: { aclfile } });
      const client = execFileSync('sh', ['-c', 'command -v redis-cli'], {
        encoding: 'utf8',
      }).trim();
      const tool = (more: string): void =>
        writeFileSync(
          join(folder, 'redis-cli'),
          `#!/bin/sh\nexec ${client} -p ${server.port} ${more} "$@"\n`,
          { mode: 0o755 },
        );
      /** @returns what Redis answered */
      const carryOut = (block = 'false'): string[] =>
        execFileSync('sh', ['-e', '-c', block], {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, ...PASSWORDS, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
        })
          .split('\n')
          .filter((line) => line !== '');
      const contentOf = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();
      const isLetIn = async (settings: object): Promise<boolean> => {
        const connection = connectRedis({ urls: [server.url], timeoutMs: 2_000, ...settings });
        try {
          await connection.check();
          return true;
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(WRONGPASS|NOAUTH)$/) });
          return false;
        } finally {
          connection.close();
        }
      };
      const processor = (password: string): Promise<boolean> =>
        isLetIn({ username: 'tidemark-processor', password });

      tool('');
      expect(await isLetIn({})).toBe(true);
      const [made] = blocksOf('README.md', '## Users of Redis');
      expect(carryOut(made)).toEqual(['OK', 'OK', 'OK', 'OK', 'OK']);
      await server.restart();
      expect(await isLetIn({})).toBe(false);
      const first = contentOf('processor-password');
      expect(await processor(first)).toBe(true);

      tool(`--user admin --pass ${contentOf('admin-password')} --no-auth-warning`);
      const [added, alone] = blocksOf('runbooks/procedures/key-rotation.md', '1. Redis');
      expect(carryOut(added)).toEqual(['OK', 'OK']);
      expect([await processor(first), await processor(contentOf('new-password'))]).toEqual([
        true,
        true,
      ]);
      expect(carryOut(alone)).toEqual(['OK', 'OK']);
      await server.restart();
      expect([await processor(first), await processor(contentOf('new-password'))]).toEqual([
        false,
        true,
      ]);
    });
  },
  { servers: ['redis'], own: true },
);
