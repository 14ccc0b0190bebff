import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithCommands } from '../../deploy/commands';
import {
  composeFile,
  isHealthy,
  isOurs,
  ROOT,
  startService,
  type Places,
  type Service,
} from './compose.fixture';
import { hasCommand } from './downloads';
import { readCommitted } from './kcat';
import {
  describeWithServers,
  freePort,
  scratchFolder,
  startKafka,
  startRedis,
  startRegistry,
  until,
  type KafkaCluster,
} from './servers';

jest.setTimeout(300_000);

const TOKEN = 'a-token-for-tests-that-is-long-enough';

/** `--appendonly yes` as a line of redis.conf. */
function redisConfig({ command = [] }: Service): Record<string, string> {
  const config: Record<string, string> = {};
  command.forEach((part, i) => {
    if (part.startsWith('--')) config[part.slice(2)] = command[i + 1] ?? '';
  });
  return config;
}

/** Settings of the broker that are not about where it is. */
function kafkaConfig({ environment = {} }: Service): Record<string, string> {
  const place = /NODE_ID|PROCESS_ROLES|QUORUM|LISTENER|LOG_DIRS/;
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith('KAFKA_') && !place.test(name)
        ? [[name.slice(6).toLowerCase().replaceAll('_', '.'), String(value)]]
        : [],
    ),
  );
}

const tokenOf = (service: Service | undefined): string =>
  String(service?.environment?.['TIDEMARK_API_TOKEN']);

describeWithCommands('docker-compose.yml', ['docker-compose'], () => {
  const services = hasCommand('docker-compose') ? composeFile(TOKEN) : {};
  const serviceOf = (name: string): Service => {
    const service = services[name];
    if (service === undefined) throw new Error(`there is no service ${name}`);
    return service;
  };

  it('pins every image, and opens ports to this machine alone', () => {
    for (const { image, ports = [] } of Object.values(services)) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('runs files that are built, from a Dockerfile that ends without rights', () => {
    for (const service of Object.values(services).filter(isOurs)) {
      expect(existsSync(join(ROOT, service.command?.[1] ?? 'no-file'))).toBe(true);
      const dockerfile = readFileSync(join(ROOT, service.build?.dockerfile ?? ''), 'utf8');
      expect(dockerfile).toMatch(/^USER node$/m);
    }
  });

  it('names only services, and waits for the end of those that end', () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const ends = name === 'topics' || name === 'methodology';
        expect(Object.keys(services)).toContain(name);
        expect(condition === 'service_completed_successfully').toBe(ends);
      }
    }
  });

  it('finds the token that was made at first, and makes no other', () => {
    const folder = scratchFolder('compose');
    copyFileSync(join(ROOT, 'docker-compose.yml'), join(folder, 'docker-compose.yml'));
    expect(() => composeFile(undefined, folder)).toThrow(/stands in \.env/);
    const tokens = ['README.md', 'docker-compose.yml', 'README.md'].map((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const line = /^[# ]*(grep .*>>\.env\))$/m.exec(text)?.[1] ?? 'false';
      execFileSync('sh', ['-e', '-c', line], { cwd: folder });
      const { api, prometheus } = composeFile(undefined, folder);
      expect(prometheus?.environment).toEqual({ TIDEMARK_API_TOKEN: tokenOf(api) });
      return tokenOf(api);
    });
    expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(tokens).size).toBe(1);
    expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0);
  });

  describeWithServers(
    'started from the file',
    () => {
      let kafka: KafkaCluster;
      let places: Places;
      const ports = new Map<string, number>();
      const placesOf = (name: string): Places => ({
        ...places,
        '0.0.0.0:9464': `127.0.0.1:${ports.get(name) ?? 0}`,
        '127.0.0.1:9464': `127.0.0.1:${ports.get(name) ?? 0}`,
        '0.0.0.0:8080': `127.0.0.1:${ports.get(name) ?? 0}`,
        '127.0.0.1:8080': `127.0.0.1:${ports.get(name) ?? 0}`,
      });
      const start = (name: string) => startService(name, serviceOf(name), placesOf(name));
      const urlOf = (name: string): string => `http://127.0.0.1:${ports.get(name) ?? 0}`;
      const isReady = (name: string) => (): Promise<boolean> =>
        fetch(`${urlOf(name)}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );

      beforeAll(async () => {
        const [broker, registry, redis] = await Promise.all([
          startKafka({ own: true, config: kafkaConfig(serviceOf('kafka')) }),
          startRegistry({ own: true }),
          startRedis({ own: true, config: redisConfig(serviceOf('redis')) }),
        ]);
        kafka = broker;
        places = {
          'kafka:9092': kafka.bootstrap,
          'registry:8080': `127.0.0.1:${registry.port}`,
          'redis:6379': `127.0.0.1:${redis.port}`,
          '/var/lib/tidemark': scratchFolder('views'),
        };
        for (const name of ['processor-1', 'processor-2', 'api']) {
          ports.set(name, await freePort());
        }
      }, 120_000);

      it('rates what the HTTP interface is given, and stops cleanly', async () => {
        // before there is a topic: those wait for it that compose would have made wait
        const processors = ['processor-1', 'processor-2'].map(start);
        const api = start('api');
        await until(
          'it says what it waits for',
          () => api.said().includes('tidemark topics apply'),
          {
            running: api,
          },
        );

        for (const name of ['topics', 'methodology']) {
          const job = start(name);
          await job.ended;
          expect({ name, code: job.code(), said: job.said() }).toMatchObject({ code: 0 });
        }
        for (const name of ['processor-1', 'processor-2', 'api']) {
          await until(`${name} is ready`, isReady(name));
          expect(isHealthy(serviceOf(name), placesOf(name))).toBe(true);
        }

        const headers = { authorization: `Bearer ${TOKEN}` };
        const answer = await fetch(`${urlOf('api')}/v1/events`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/x-ndjson' },
          body: readFileSync(join(ROOT, 'services/cli/examples/first-rating.jsonl')),
        });
        expect(answer.status).toBe(200);
        const rating = `${urlOf('api')}/v1/customers/bank-1/c-1/rating?minSequence=1`;
        await until('there is a rating', async () => (await fetch(rating, { headers })).ok);
        const changes = await readCommitted(kafka.bootstrap, 'tidemark.grade-changes.v1');
        expect(changes.map(({ key }) => String(key))).toContain('bank-1:c-1');

        const owned = processors.map(({ said }) => said().match(/"phase":"live"/g)?.length ?? 0);
        expect(owned.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4);
        for (const running of [...processors, api]) running.kill('SIGTERM');
        for (const running of [...processors, api]) {
          await running.ended;
          expect({ code: running.code(), said: running.said() }).toMatchObject({ code: 0 });
        }
        expect(isHealthy(serviceOf('api'), placesOf('api'))).toBe(false);
      });
    },
    { own: true },
  );
});
