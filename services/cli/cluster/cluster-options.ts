import { readConfiguration, type Settings } from '@tidemark/processor/configuration';
import type { Command } from 'commander';
import { say, UsageFault } from '../exit';

/** Where a cluster is, as a command line says it; what it leaves out comes from the configuration. */
export interface ClusterOptions {
  readonly brokers?: string;
  readonly registry?: string;
  readonly prefix?: string;
  readonly application?: string;
  readonly config?: string;
}

/** Each stands above the variable of the environment that says the same. */
const VARIABLES = [
  ['brokers', 'TIDEMARK_KAFKA_BROKERS'],
  ['registry', 'TIDEMARK_REGISTRY_URL'],
  ['prefix', 'TIDEMARK_PREFIX'],
  ['application', 'TIDEMARK_APPLICATION'],
] as const satisfies readonly (readonly [keyof ClusterOptions, string])[];

export const addClusterOptions = (command: Command): Command =>
  command
    .option('--brokers <host:port,...>', 'a cluster: some of its Kafka brokers')
    .option('--registry <url>', 'its schema registry (or TIDEMARK_REGISTRY_URL)')
    .option('--prefix <prefix>', 'what the names of its topics begin with (or TIDEMARK_PREFIX)')
    .option('--application <name>', 'name of its application (or TIDEMARK_APPLICATION)')
    .option('--config <file>', 'configuration file of its processes (or TIDEMARK_CONFIG)');

/** What help says about it, where the other way is a server or a data directory. */
export const CLUSTER_HELP = `
With --brokers or --config, or with TIDEMARK_KAFKA_BROKERS or TIDEMARK_CONFIG in the environment, it is
about a cluster; an option of another place stands above the environment. TLS, passwords and the rest are
configured as for its processes (tidemark config).`;

/** Any of them says where a cluster is. */
const NAMED_BY = ['TIDEMARK_KAFKA_BROKERS', 'TIDEMARK_CONFIG'];

/**
 * Whether a command line is about a cluster: by its options, or by the environment unless it names another
 * place. Whoever has an environment for a cluster must not be answered out of `./data`.
 * @param others options that name another place, long names as commander has them
 * @throws UsageFault when options of both are given
 */
export function isCluster(
  command: Command,
  others: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  const given = others.filter(isGiven);
  if (!['brokers', 'config'].some(isGiven)) {
    return given.length === 0 && NAMED_BY.some((name) => (environment[name] ?? '') !== '');
  }
  if (given.length === 0) return true;
  const names = given.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
  throw new UsageFault(`${names.join(', ')}: not for a cluster; leave it out, or --brokers`);
}

/**
 * The configuration of the processes with the options laid over it.
 * @throws UsageFault with all faults
 */
export function settingsOf(
  options: ClusterOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const given = VARIABLES.flatMap(([name, variable]) => {
    const value = options[name];
    return value === undefined ? [] : [[name, variable, value] as const];
  });
  const laid = given.map(([, variable, value]) => [variable, value] as const);
  const found = readConfiguration(
    { ...environment, ...Object.fromEntries(laid) },
    options.config,
    'command',
  );
  if (found.ok) {
    found.warnings.forEach(say);
    return found.settings;
  }
  // whoever wrote an option is told of the option
  const named = (fault: string): string =>
    given.reduce((text, [name, variable]) => text.replace(`${variable}:`, `--${name}:`), fault);
  throw new UsageFault(found.faults.map(named).join('\n'));
}
