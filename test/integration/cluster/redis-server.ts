import { createConnection } from 'node:net';
import { join } from 'node:path';
import { end, freePort, run, scratchFolder, until, whenDone, type Running } from './processes';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Where it keeps its dump and its append-only file. */
  readonly folder: string;
  readonly pid: () => number;
  readonly kill: () => Promise<void>;
  /** Starts it again over its folder and on its port; kills it first if it runs. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface RedisSettings {
  /** Lines of redis.conf; they win over ours. */
  readonly config?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Never the one named in the environment: this one will be killed or emptied. */
  readonly own?: boolean;
}

/** A redis-server without persistence and with `noeviction`, unless the settings say otherwise. */
export async function startRedis(settings: RedisSettings = {}): Promise<RedisServer> {
  const named = process.env['TIDEMARK_TEST_REDIS'];
  const isPlain = settings.config === undefined && settings.folder === undefined;
  if (named !== undefined && isPlain && settings.own !== true) return namedRedis(named);
  const folder = settings.folder ?? scratchFolder('redis');
  const port = await freePort();
  const config = {
    port: String(port),
    bind: '127.0.0.1',
    save: '""',
    appendonly: 'no',
    dir: folder,
    'maxmemory-policy': 'noeviction',
    ...settings.config,
  };
  const args = Object.entries(config).flatMap(([name, value]) => [
    `--${name}`,
    ...(value === '""' ? [''] : value.split(' ')),
  ]);
  let running: Running | undefined;
  const kill = async (): Promise<void> => {
    if (running !== undefined) await end(running);
  };
  const restart = async (): Promise<void> => {
    await kill();
    const log = join(folder, 'redis.log');
    running = run({ command: 'redis-server', args, cwd: folder, log });
    await until('redis-server answers', () => answersPing(port), { running });
  };
  whenDone(kill);
  await restart();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
    pid: () => running?.pid ?? -1,
    kill,
    restart,
    stop: kill,
  };
}

function namedRedis(url: string): RedisServer {
  const refuse = (): never => {
    throw new Error('a server named in the environment is not ours to kill: ask for an own one');
  };
  const port = Number(new URL(url).port === '' ? 6379 : new URL(url).port);
  return {
    url,
    port,
    folder: '',
    pid: refuse,
    kill: refuse,
    restart: refuse,
    stop: async () => {},
  };
}

/** Also while it loads its data it listens; and it answers NOAUTH where it wants a password. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const say = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => say(/^(\+PONG|-NOAUTH|-NOPERM)/.test(data.toString('latin1'))));
    socket.once('error', () => say(false));
    socket.setTimeout(1_000, () => say(false));
  });
}
