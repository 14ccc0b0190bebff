import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaJars } from './downloads';
import { quickJava } from './java-options';
import {
  LISTENER,
  PROTOCOL,
  securedFormat,
  securedProperties,
  type Secured,
} from './kafka-secured';
import { brokersSeen } from './kcat';
import { freePort, run, scratchFolder, until, whenDone, type Running } from './processes';
import { proxyTo, type Proxy } from './tcp-proxy';

export interface Broker {
  readonly id: number;
  readonly port: number;
  readonly pid: () => number;
  readonly isUp: () => boolean;
  /** Resolves when it is gone; after SIGSTOP or SIGCONT at once. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again over its data. Resolves when it is in the metadata of the cluster. */
  readonly start: () => Promise<void>;
}

/** A way to the brokers of its own, through a proxy for each of them: to be cut for one client alone. */
export interface Route {
  readonly bootstrap: string;
  /** By broker, in their order. */
  readonly proxies: readonly Proxy[];
}

export interface KafkaCluster {
  readonly bootstrap: string;
  /** None where the cluster is named in the environment. */
  readonly brokers: readonly Broker[];
  readonly routes: readonly Route[];
  /** By the secured listener, where there is one. */
  readonly secured: string;
  readonly stop: () => Promise<void>;
}

export interface ClusterSettings {
  readonly brokers?: 1 | 3;
  /** Lines of server.properties; they win over ours. */
  readonly config?: Readonly<Record<string, string>>;
  readonly routes?: number;
  readonly secured?: Secured;
  /** Options of the Java machine, instead of a small heap and a quick start. */
  readonly java?: readonly string[];
  /** Never the one named in the environment: this one will be killed. */
  readonly own?: boolean;
}

/** So that whoever wants to kill a coordinator can say where it is. */
export const COORDINATOR_PARTITIONS = 5;
const HEAP = '-Xmx512m';
const HOST = '127.0.0.1';

interface Node {
  readonly id: number;
  readonly folder: string;
  readonly port: number;
  readonly controller: number;
  readonly secured: number;
  /** The listener behind each route's proxy. */
  readonly behind: readonly number[];
}

/** Kafka in KRaft mode, brokers and controllers in the same processes, empty. */
export async function startKafka(settings: ClusterSettings = {}): Promise<KafkaCluster> {
  const named = process.env['TIDEMARK_TEST_KAFKA'];
  const { secured } = settings;
  const isPlain = (settings.config ?? settings.routes ?? secured) === undefined;
  if (named !== undefined && isPlain && settings.own !== true) {
    return { bootstrap: named, brokers: [], routes: [], secured: '', stop: async () => {} };
  }
  const jars = kafkaJars();
  if (!jars.ok) throw new Error(jars.why);
  const quick = [HEAP, ...quickJava(jars.folder)];
  const java = (args: readonly string[], options = quick): readonly string[] => [
    ...options,
    ...['-cp', join(jars.folder, '*'), ...args],
  ];
  const folder = scratchFolder('kafka');
  const cluster = clusterId();
  const nodes = await newNodes(folder, settings.brokers ?? 1, settings.routes ?? 0);
  const routes = await Promise.all(
    Array.from({ length: settings.routes ?? 0 }, (_, route) => newRoute(nodes, route)),
  );
  await Promise.all(
    nodes.map(async (node) => {
      mkdirSync(node.folder);
      const properties = { ...propertiesOf(node, nodes, routes, secured), ...settings.config };
      const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
      writeFileSync(join(node.folder, 'server.properties'), lines.join('\n'));
      writeFileSync(join(node.folder, 'log4j2.properties'), LOGGING);
      const format = run({
        command: 'java',
        args: java([
          'kafka.tools.StorageTool',
          'format',
          '-t',
          cluster,
          '-c',
          'server.properties',
          ...(secured === undefined ? [] : securedFormat(secured)),
        ]),
        cwd: node.folder,
        log: join(node.folder, 'format.log'),
      });
      await format.ended;
    }),
  );
  const options = settings.java === undefined ? quick : [...settings.java];
  const listed = (of: (node: Node) => number): string =>
    nodes.map((node) => `${HOST}:${of(node)}`).join(',');
  const bootstrap = listed(({ port }) => port);
  const brokers = nodes.map((node) => brokerOf(node, java(START, options)));
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.filter(({ isUp }) => isUp()).map(({ kill }) => kill('SIGKILL')));
  };
  whenDone(stop);
  await Promise.all(brokers.map(({ start }) => start()));
  return { bootstrap, brokers, routes, secured: listed((node) => node.secured), stop };
}

/** 16 bytes; the tools of Kafka would take a leading dash for an option. */
const clusterId = (): string => `T${randomBytes(16).toString('base64url').slice(1)}`;

const START = ['-Dlog4j2.configurationFile=log4j2.properties', 'kafka.Kafka', 'server.properties'];

const LOGGING = `rootLogger.level = WARN
rootLogger.appenderRef.out.ref = OUT
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
`;

async function newNodes(folder: string, brokers: number, routes: number): Promise<Node[]> {
  const ports = (count: number): Promise<number[]> =>
    Promise.all(Array.from({ length: count }, freePort));
  return Promise.all(
    Array.from({ length: brokers }, async (_, at) => {
      const [port = 0, controller = 0, secured = 0, ...behind] = await ports(3 + routes);
      const of = { id: at + 1, folder: join(folder, `node-${at + 1}`) };
      return { ...of, port, controller, secured, behind };
    }),
  );
}

async function newRoute(nodes: readonly Node[], route: number): Promise<Route> {
  const proxies = await Promise.all(
    nodes.map(async ({ behind }) => proxyTo(HOST, behind[route] ?? 0, await freePort())),
  );
  return { bootstrap: proxies.map(({ port }) => `${HOST}:${port}`).join(','), proxies };
}

/** Short waits of the server, so that a test sees in seconds what takes minutes elsewhere. */
function propertiesOf(
  node: Node,
  nodes: readonly Node[],
  routes: readonly Route[],
  secured: Secured | undefined,
): Record<string, string> {
  const names = routes.map((_, route) => `ROUTE${route}`);
  const listener = (name: string, port: number): string => `${name}://${HOST}:${port}`;
  const behind = names.map((name, route) => listener(name, node.behind[route] ?? 0));
  const outside = names.map((name, route) =>
    listener(name, routes[route]?.proxies[node.id - 1]?.port ?? 0),
  );
  const own = [
    listener('PLAINTEXT', node.port),
    ...(secured === undefined ? [] : [listener(LISTENER, node.secured)]),
  ];
  const replicas = String(nodes.length);
  return {
    'node.id': String(node.id),
    'process.roles': 'broker,controller',
    'controller.quorum.voters': nodes
      .map(({ id, controller }) => `${id}@${HOST}:${controller}`)
      .join(','),
    listeners: [...own, listener('CONTROLLER', node.controller), ...behind].join(','),
    'advertised.listeners': [...own, ...outside].join(','),
    'listener.security.protocol.map': ['PLAINTEXT', 'CONTROLLER', ...names]
      .map((name) => `${name}:PLAINTEXT`)
      .concat(secured === undefined ? [] : `${LISTENER}:${PROTOCOL}`)
      .join(','),
    ...(secured === undefined ? {} : securedProperties(secured)),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(node.folder, 'data'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': String(COORDINATOR_PARTITIONS),
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': nodes.length > 1 ? '2' : '1',
    'transaction.state.log.num.partitions': String(COORDINATOR_PARTITIONS),
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    'log.cleaner.dedupe.buffer.size': '8388608',
  };
}

function brokerOf(node: Node, args: readonly string[]): Broker {
  let running: Running | undefined;
  const isUp = (): boolean => running?.isOver() === false;
  return {
    id: node.id,
    port: node.port,
    pid: () => running?.pid ?? -1,
    isUp,
    kill: async (signal) => {
      running?.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await running?.ended;
    },
    start: async () => {
      if (isUp()) return;
      const log = join(node.folder, 'broker.log');
      running = run({ command: 'java', args, cwd: node.folder, log });
      await until(
        `broker ${node.id} is in the metadata`,
        async () => (await brokersSeen(`${HOST}:${node.port}`)).includes(node.id),
        { running },
      );
    },
  };
}
