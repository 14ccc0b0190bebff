import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runMain } from '@tidemark/cli/run-main.fixture';
import { DASHBOARDS } from '../../deploy/dashboards/grafana';
import { describeWithCommands } from '../../deploy/commands';
import { RULE_FILES } from '../../deploy/rule-files';
import { end, run, whenDone, type Running } from '../cluster/processes';
import {
  describeWithServers,
  freePort,
  scratchFolder,
  startKafka,
  startRedis,
  startRegistry,
  until,
} from '../cluster/servers';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '../../..');
const TOKEN = 'a-token-for-tests-that-is-long-enough';
const SAMPLE = readFileSync(join(ROOT, 'services/cli/examples/first-rating.jsonl'), 'utf8');

/** The events of the sample for another customer. */
const eventsOf = (customer: number): string =>
  SAMPLE.replaceAll('"c-1"', `"c-${customer}"`).trimEnd() + '\n';

/** As Grafana would ask it of a short time. */
const asked = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '20s').replaceAll('$partition', '.*');

interface Sample {
  readonly value: readonly [number, string];
}

describeWithCommands('dashboards and rules over a cluster under load', ['prometheus'], () => {
  describeWithServers(
    'that Prometheus scrapes',
    () => {
      let prometheus = '';
      let api = '';
      const isLoading = { on: true };
      let load: Promise<void> = Promise.resolve();

      const start = (name: string, command: string, args: string[], env = {}): Running => {
        const folder = scratchFolder(name);
        const running = run({ command, args, cwd: folder, log: join(folder, 'log'), env });
        whenDone(() => end(running));
        return running;
      };
      const query = async (expr: string): Promise<{ status: string; result: Sample[] }> => {
        const url = `${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`;
        const { status, data } = (await (await fetch(url)).json()) as {
          readonly status: string;
          readonly data?: { readonly result: Sample[] };
        };
        // what is not a number is an empty panel to who looks at it
        return { status, result: (data?.result ?? []).filter(({ value }) => value[1] !== 'NaN') };
      };
      const send = (customer: number, body = eventsOf(customer)): Promise<Response> =>
        fetch(`${api}/v1/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-ndjson' },
          body,
        });

      beforeAll(async () => {
        const [kafka, registry, redis] = await Promise.all([
          startKafka({ own: true }),
          startRegistry({ own: true }),
          startRedis({ own: true }),
        ]);
        const where = ['--brokers', kafka.bootstrap, '--registry', registry.url];
        for (const order of [
          ['topics', 'apply', '--partitions', '1'],
          ['methodology', 'publish', 'cn-aml-bank'],
        ]) {
          expect(await runMain(...order, ...where)).toMatchObject({ code: 0 });
        }
        const [worker, http, own] = [await freePort(), await freePort(), await freePort()];
        const env = {
          TIDEMARK_KAFKA_BROKERS: kafka.bootstrap,
          TIDEMARK_REGISTRY_URL: registry.url,
          TIDEMARK_REDIS_URL: redis.url,
          TIDEMARK_WORKER_LISTEN: `127.0.0.1:${worker}`,
          TIDEMARK_API_LISTEN: `127.0.0.1:${http}`,
          TIDEMARK_API_TOKEN: TOKEN,
          TIDEMARK_API_VIEWS_DIRECTORY: scratchFolder('views'),
        };
        const main = (room: string): string[] => [join(ROOT, 'services', room, 'dist/main.js')];
        start('processor', process.execPath, main('processor'), env);
        const interfaced = start('api', process.execPath, main('api'), env);
        api = `http://127.0.0.1:${http}`;
        prometheus = `http://127.0.0.1:${own}`;
        startPrometheus(own, { worker, http });
        const isTaken = (): Promise<boolean> =>
          send(0).then(
            ({ ok }) => ok,
            () => false,
          );
        await until('it takes events', isTaken, { running: interfaced });
        load = (async () => {
          for (let customer = 1; isLoading.on; customer += 1) {
            await send(customer).catch(() => undefined);
            await pause(50);
          }
        })();
      }, 200_000);
      afterAll(async () => {
        isLoading.on = false;
        await load;
      });

      function startPrometheus(port: number, to: { worker: number; http: number }): void {
        const folder = scratchFolder('prometheus');
        const file = join(folder, 'prometheus.yml');
        const job = (name: string, target: number): object => ({
          job_name: name,
          static_configs: [{ targets: [`127.0.0.1:${target}`] }],
        });
        const config = {
          global: { scrape_interval: '1s', evaluation_interval: '1s' },
          rule_files: RULE_FILES,
          scrape_configs: [job('tidemark-processor', to.worker), job('tidemark-api', to.http)],
        };
        // JSON is YAML
        writeFileSync(file, JSON.stringify(config));
        start('prometheus-server', 'prometheus', [
          `--config.file=${file}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ]);
      }

      it('every query of every panel has an answer', async () => {
        const queries = DASHBOARDS.flatMap(({ id, panels }) =>
          panels.flatMap(({ title, queries: all }) =>
            all.map(({ expr }) => ({ panel: `${id}: ${title}`, expr: asked(expr) })),
          ),
        );
        expect(queries.length).toBeGreaterThan(50);
        let empty: string[] = [];
        await until('no panel is empty', async () => {
          const answers = await Promise.all(
            queries.map(async ({ panel, expr }) => ({ panel, ...(await query(expr)) })),
          );
          expect(answers.filter(({ status }) => status !== 'success')).toEqual([]);
          empty = answers.filter(({ result }) => result.length === 0).map(({ panel }) => panel);
          return empty.length === 0;
        }).catch(() => undefined);
        expect(empty).toEqual([]);
      });

      it('a single event that is refused over HTTP is seen as a whole one', async () => {
        const [, overHttp] =
          DASHBOARDS.flatMap(({ panels }) => panels).find(({ title }) => title === 'Dead letters')
            ?.queries ?? [];
        const seen = async (): Promise<number> => {
          const { result } = await query(asked(overHttp?.expr ?? ''));
          return result.reduce((sum, { value }) => sum + Number(value[1]), 0);
        };
        expect(await seen()).toBe(0);
        await send(0, 'no event\n');
        await until('it is seen', async () => (await seen()) >= 1);
        expect(await seen()).toBe(1);
      });

      it('no alert of severity page fires, or is about to, while all is well', async () => {
        // what began while the cluster was being started is over
        await until('none is pending', async () => {
          const { result } = await query('ALERTS{severity="page"}');
          return result.length === 0;
        }).catch(() => undefined);
        const { status, result } = await query('ALERTS{severity="page"}');
        expect({ status, result }).toEqual({ status: 'success', result: [] });
      });
    },
    { own: true },
  );
});
