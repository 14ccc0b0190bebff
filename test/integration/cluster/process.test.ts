import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { runMain } from '@tidemark/cli/run-main.fixture';
import { workerOf, type Worker } from '../faults/workers';
import {
  describeWithServers,
  freePort,
  startKafka,
  startRedis,
  startRegistry,
  until,
  type KafkaCluster,
  type RedisServer,
  type RegistryServer,
} from './servers';

jest.setTimeout(300_000);

const MAIN = join(__dirname, '../../../services/processor/dist/main.js');

/** A run that ends by itself, with what it wrote to stderr. */
const ended = (env: Record<string, string>): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    const all = { ...process.env, ...env };
    const child = execFile(process.execPath, [MAIN], { env: all }, (_error, _out, err) =>
      resolve({ code: child.exitCode ?? -1, err }),
    );
  });

interface Line {
  readonly event: string;
  readonly what?: string;
  readonly why?: string;
  readonly message?: string;
  readonly phase?: string;
}

const linesOf = (worker: Worker): Line[] =>
  worker
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
    .map((line): Line => JSON.parse(line));

describe('a processor with a faulty configuration', () => {
  it('ends with all faults at once and without a secret', async () => {
    const { code, err } = await ended({
      TIDEMARK_KAFKA_BROKERS: 'nowhere',
      TIDEMARK_KAFKA_SASL_PASSWORD: 'hunter2',
      TIDEMARK_STEP_RECORDS: 'hunter2',
    });
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(4);
    expect(err).toContain('TIDEMARK_KAFKA_BROKERS: expected host:port');
    expect(err).not.toContain('hunter2');
  });
});

describeWithServers(
  'a processor',
  () => {
    let kafka: KafkaCluster;
    let registry: RegistryServer;
    let redis: RedisServer;
    beforeAll(async () => {
      [kafka, registry, redis] = await Promise.all([
        startKafka({ own: true }),
        startRegistry({ own: true }),
        startRedis({ own: true }),
      ]);
    }, 120_000);

    const environment = (): Record<string, string> => ({
      TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
      TIDEMARK_REGISTRY_URL: registry.url,
      TIDEMARK_REDIS_URL: redis.url,
    });
    const command = async (...args: readonly string[]): Promise<void> => {
      const where = ['--brokers', kafka.bootstrap, '--registry', registry.url];
      const ran = await runMain(...args, ...where);
      expect(ran).toMatchObject({ code: 0 });
    };
    const waits = async (worker: Worker, what: string): Promise<void> =>
      until(`it waits for ${what}`, () =>
        linesOf(worker).some(({ why = '', message = '' }) => (why + message).includes(what)),
      );

    it('that is started before every server waits for each, says so once, and then works', async () => {
      await Promise.all([kafka.brokers[0]?.kill('SIGKILL'), registry.kill(), redis.kill()]);
      const worker = await workerOf('early', environment());
      await worker.start();
      await waits(worker, 'no answer yet');
      expect(await worker.isReady()).toBe(false);

      await kafka.brokers[0]?.start();
      await waits(worker, 'topics apply');
      await registry.restart();
      await command('topics', 'apply', '--partitions', '3');
      await waits(worker, 'Redis could not be reached');
      await redis.restart();
      await waits(worker, 'no methodology is in force');
      expect(await worker.isReady()).toBe(false);
      await command('methodology', 'publish', 'cn-aml-bank');
      await until('it is ready', worker.isReady);

      const told = linesOf(worker).filter(({ event }) => event === 'waiting');
      const reasons = told.map(({ what, why }) => `${what}: ${why}`);
      expect(new Set(reasons).size).toBe(reasons.length);

      expect(await worker.stop()).toBe(0);
      const given = linesOf(worker).filter(({ phase }) => phase === 'given-up');
      expect(given).toHaveLength(3);
      expect(linesOf(worker).at(-1)?.event).toBe('stopped');
    });

    it('that waits for servers stops when it is asked to', async () => {
      const nowhere = `127.0.0.1:${await freePort()}`;
      const worker = await workerOf('waiting', {
        ...environment(),
        TIDEMARK_KAFKA_BROKERS: nowhere,
      });
      await worker.start();
      expect(await worker.stop()).toBe(0);
    });

    it('that stops cleanly lets the next owner go on without a replay', async () => {
      const first = await workerOf('first', environment());
      await first.start();
      // as soon as it says so it has them: before the group has given it any it is not ready
      expect(await whenReady(first)).toEqual(['live', 'live', 'live']);
      expect(await first.stop()).toBe(0);
      const second = await workerOf('second', environment());
      await second.start();
      await until('it is ready', second.isReady);
      const { text } = await metricsOf(second);
      // its own first step is all that there is to take over
      for (const [, steps] of text.matchAll(
        /tidemark_replayed_steps_total\{partition="\d+"\} (\d+)/g,
      )) {
        expect(Number(steps)).toBeLessThanOrEqual(1);
      }
      expect(await second.stop()).toBe(0);
    });
  },
  { own: true },
);

/** Asks without a pause. @returns the phases of its partitions at the first time that it is ready */
async function whenReady({ url }: Worker): Promise<readonly string[]> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    const { partitions } = (await answer.json()) as { partitions: { phase: string }[] };
    if (answer.ok) return partitions.map(({ phase }) => phase);
  }
}

const metricsOf = async (worker: Worker): Promise<{ text: string }> => {
  const port = linesOf(worker).length > 0 ? /"port":(\d+)/.exec(worker.said())?.[1] : undefined;
  return { text: await (await fetch(`http://127.0.0.1:${port ?? 0}/metrics`)).text() };
};
