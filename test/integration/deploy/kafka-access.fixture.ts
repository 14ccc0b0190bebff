import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runMain, type Ran } from '@tidemark/cli/run-main.fixture';
import { readConfiguration, type Settings } from '@tidemark/processor/configuration';
import { certificatesIn, type Certificates } from '../cluster/certificates';
import { kafkaJars } from '../cluster/downloads';
import { quickJava } from '../cluster/java-options';
import { lab } from '../cluster/redis.fixture';
import {
  scratchFolder,
  startKafka,
  startRedis,
  startRegistry,
  type KafkaCluster,
} from '../cluster/servers';

const call = promisify(execFile);
const SCRIPT = join(__dirname, '../../../deploy/access/access.js');
const ADMIN = 'admin';
export const TOKEN = 'a-token-for-tests-that-is-long-enough';
/** Of a principal, in Kafka and in Redis; none is in another. */
export const passwordOf = (user: string): string => `secret-of-${user}`;
export const PRINCIPALS = ['processor', 'api', 'operator', 'subscriber', 'compliance'] as const;
export type Principal = (typeof PRINCIPALS)[number];
export const userOf = (principal: string): string => `tidemark-${principal}`;

/** Servers as they are to be run: TLS, passwords, and no rights but those that were given. */
export interface SecureWorld {
  readonly kafka: KafkaCluster;
  readonly certificates: Certificates;
  /** The configuration of a process, as environment. @param as another user, or authorities */
  readonly environment: (
    principal: Principal,
    as?: { readonly user?: string; readonly ca?: string; readonly password?: string },
  ) => Record<string, string>;
  readonly settings: (principal: Principal) => Settings;
  /** A command line, as `environment` says. */
  readonly cli: (as: Readonly<Record<string, string>>, ...args: string[]) => Promise<Ran>;
  /** Carries out what `deploy/access/access.js` prints for Kafka, as it is printed. */
  readonly carryOut: (...args: string[]) => Promise<void>;
  /** kafka-configs.sh, as somebody who may do everything. */
  readonly configs: (...args: string[]) => Promise<void>;
}

export async function secureWorld(): Promise<SecureWorld> {
  const folder = scratchFolder('secure');
  const certificates = certificatesIn(folder);
  const users = Object.fromEntries(
    [ADMIN, ...PRINCIPALS.map(userOf)].map((user) => [user, passwordOf(user)]),
  );
  const [kafka, registry, redis] = await Promise.all([
    startKafka({ secured: { certificate: certificates.served, users, admin: ADMIN } }),
    startRegistry({ own: true }),
    startRedis({ own: true }),
  ]);
  await giveRedis(redis.url);
  const environment: SecureWorld['environment'] = (principal, as = {}) => {
    const { user = userOf(principal), ca = certificates.ca(), password = passwordOf(user) } = as;
    return {
      TIDEMARK_KAFKA_BROKERS: kafka.secured,
      TIDEMARK_KAFKA_TLS: 'true',
      TIDEMARK_KAFKA_TLS_CA: ca,
      TIDEMARK_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      TIDEMARK_KAFKA_SASL_USERNAME: user,
      TIDEMARK_KAFKA_SASL_PASSWORD: password,
      TIDEMARK_REGISTRY_URL: registry.url,
      TIDEMARK_REDIS_URL: redis.url,
      TIDEMARK_REDIS_USERNAME: userOf(principal),
      TIDEMARK_REDIS_PASSWORD: passwordOf(userOf(principal)),
      TIDEMARK_API_TOKEN: TOKEN,
      TIDEMARK_API_LISTEN: '127.0.0.1:0',
      TIDEMARK_API_VIEWS_DIRECTORY: join(folder, 'views'),
    };
  };
  const tools = toolsOf(kafka.secured, folder, certificates);
  return {
    ...{ kafka, certificates, environment, ...tools },
    settings: (principal) => {
      const configured = readConfiguration(environment(principal), undefined, 'api');
      if (!configured.ok) throw new Error(configured.faults.join('\n'));
      return configured.settings;
    },
    cli: async (as, ...args) => {
      const before = { ...process.env };
      Object.assign(process.env, as);
      try {
        return await runMain(...args, '--brokers', kafka.secured);
      } finally {
        process.env = before;
      }
    },
  };
}

const ACLS = 'org.apache.kafka.tools.AclCommand';

function toolsOf(
  bootstrap: string,
  folder: string,
  certificates: Certificates,
): Pick<SecureWorld, 'carryOut' | 'configs'> {
  const jars = kafkaJars();
  if (!jars.ok) throw new Error(jars.why);
  const file = join(folder, 'admin.properties');
  const tool = (main: string): string[] => [
    ...quickJava(jars.folder),
    ...['-cp', join(jars.folder, '*'), main],
    ...['--bootstrap-server', bootstrap, '--command-config', file],
  ];
  const write = (): void => {
    const lines = [
      'security.protocol=SASL_SSL',
      'sasl.mechanism=SCRAM-SHA-512',
      `sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${ADMIN}" password="${passwordOf(ADMIN)}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${certificates.caFile()}`,
    ];
    writeFileSync(file, lines.join('\n'));
  };
  return {
    carryOut: async (...args) => {
      write();
      const words = tool(ACLS).map((word) => `'${word}'`);
      const env = { ...process.env, KAFKA_ACLS: `java ${words.join(' ')}` };
      const { stdout } = await call(process.execPath, [SCRIPT, 'kafka', ...args], { env });
      await call('sh', ['-e', '-c', stdout]);
    },
    configs: async (...args) => {
      write();
      await call('java', [...tool('kafka.admin.ConfigCommand'), ...args]);
    },
  };
}

async function giveRedis(url: string): Promise<void> {
  const passwords = Object.fromEntries(
    ['processor', 'api'].map((one) => [
      `REDIS_PASSWORD_${one.toUpperCase()}`,
      passwordOf(userOf(one)),
    ]),
  );
  const env = { ...process.env, ...passwords };
  const printed = execFileSync(process.execPath, [SCRIPT, 'redis'], { env, encoding: 'utf8' });
  const admin = lab(url);
  for (const line of printed.trim().split('\n')) {
    const [, ...words] = line.split(' ');
    await admin.raw.call('acl', ...words);
  }
  admin.close();
}
