import { kafkaJars, hasCommand, registryJar, type NotThere } from './downloads';
import { beginSuite, stopAll } from './processes';

/**
 * Real servers for the tests of the adapters and processes. Those named in the environment come first
 * (TIDEMARK_TEST_KAFKA, TIDEMARK_TEST_REGISTRY, TIDEMARK_TEST_REDIS: the ones of docker-compose.yml), else
 * they are started here, on free ports of the loopback. See README.md.
 */
export { startKafka, type KafkaCluster, type Broker, type Route } from './kafka-server';
export { startRegistry, type RegistryServer } from './registry-server';
export { startRedis, type RedisServer } from './redis-server';
export { proxyTo, type Proxy } from './tcp-proxy';
export { freePort, scratchFolder, until } from './processes';

export type ServerKind = 'kafka' | 'registry' | 'redis';

export interface Needs {
  /** Default: all. */
  readonly servers?: readonly ServerKind[];
  /** The suite kills servers: those named in the environment do not serve. */
  readonly own?: boolean;
}

const NAMED: Readonly<Record<ServerKind, string>> = {
  kafka: 'TIDEMARK_TEST_KAFKA',
  registry: 'TIDEMARK_TEST_REGISTRY',
  redis: 'TIDEMARK_TEST_REDIS',
};

/**
 * A suite that needs real servers; what it starts is stopped at its end, also when it fails. Skipped, and
 * counted so, where they are not to be had; with TIDEMARK_TEST_SERVERS=required that is a failure.
 */
export function describeWithServers(name: string, suite: () => void, needs: Needs = {}): void {
  const missing = missingOf(needs);
  if (missing === undefined) {
    describe(name, () => {
      beforeAll(beginSuite);
      suite();
      // after those of the suite, which may want to look once more
      afterAll(stopAll, 60_000);
    });
  } else if (process.env['TIDEMARK_TEST_SERVERS'] === 'required') {
    describe(name, () => {
      it('has its servers', () => {
        throw new Error(missing.why);
      });
    });
  } else {
    describe.skip(`${name} (${missing.why})`, suite);
  }
}

/** What a suite needs and is not here. */
export function missingOf({
  servers = ['kafka', 'registry', 'redis'],
  own = false,
}: Needs): NotThere | undefined {
  const toStart = servers.filter((kind) => own || process.env[NAMED[kind]] === undefined);
  for (const command of ['kcat', ...toStart.flatMap(commandsOf)]) {
    if (!hasCommand(command)) return { ok: false, why: `there is no ${command} here` };
  }
  for (const kind of toStart) {
    const program =
      kind === 'kafka' ? kafkaJars() : kind === 'registry' ? registryJar() : undefined;
    if (program?.ok === false) return program;
  }
  return undefined;
}

const commandsOf = (kind: ServerKind): string[] => (kind === 'redis' ? ['redis-server'] : ['java']);

let names = 0;

/** A name that no other test uses, for topics and groups of a cluster that tests share. */
export function uniqueName(about: string): string {
  names += 1;
  return `${about}-${process.pid}-${Date.now().toString(36)}-${names}`;
}
