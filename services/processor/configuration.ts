import type { CheckpointLimits, StepLimits } from '@tidemark/engine/options';
import type { LogLevel } from './cluster-log';
import type { ScrubSettings } from './cluster-scrubbing';
import { ABOUT_FIELDS, environmentName, FIELDS, type Field } from './configuration-fields';
import type { Address } from './configuration-kinds';
import {
  apiSection,
  groupSection,
  kafkaSection,
  redisSection,
  registrySection,
  type ApiOptions,
  type BrokerSettings,
  type GroupTimes,
  type Reading,
  type RedisSettings,
  type RegistrySettings,
} from './configuration-sections';
import { openSources } from './configuration-sources';

/** Everything that a process of a cluster has to be told. */
export interface Settings {
  readonly application: string;
  /** Of the names of all topics. */
  readonly prefix: string;
  readonly generation: number;
  readonly kafka: BrokerSettings;
  readonly group: GroupTimes;
  readonly registry: RegistrySettings;
  readonly redis: RedisSettings;
  readonly step: StepLimits;
  readonly checkpoint: CheckpointLimits;
  readonly scrub: ScrubSettings;
  /** Customers that a partition keeps in memory. */
  readonly cacheKeys: number;
  readonly clockLeapMsMax: number;
  readonly logLevel: LogLevel;
  readonly worker: WorkerOptions;
  readonly api: ApiOptions;
}

export interface WorkerOptions {
  readonly listen: Address;
  /** A clean end takes no longer. */
  readonly stopMs: number;
}

export type Configured =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly warnings: readonly string[];
      /** A line for each field that was given, secrets masked. */
      readonly described: readonly string[];
    }
  /** A line each: which field, what is expected, what to do; never what was written. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** What is to be configured: the HTTP interface needs a token, the others do not. */
export type Process = 'worker' | 'api' | 'command';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration: the environment, then the file that `--config` or TIDEMARK_CONFIG names, then
 * the defaults. All faults are told at once.
 */
export function readConfiguration(
  environment: Environment,
  file: string | undefined,
  process: Process,
): Configured {
  const faults: string[] = [];
  const warnings: string[] = [];
  const described: string[] = [];
  const from = file ?? environment['TIDEMARK_CONFIG'];
  const sources = openSources(environment, from === '' ? undefined : from, faults, warnings);
  const given = <T>({ kind, about }: Field<T>): T | undefined => {
    const written = sources.of(about);
    if (written === undefined) return undefined;
    const value = kind.parse(written.text);
    if (value === undefined) {
      faults.push(`${written.where}: expected ${kind.expected}; for example ${about.example}`);
    } else {
      const shown = about.isSecret ? '***' : kind.print(value);
      described.push(`${about.path} = ${shown} (${written.where})`);
    }
    return value;
  };
  const settings = settingsOf({
    given,
    valueOf: (field) => given(field) ?? field.default,
    fault: ({ about }, whatToDo) => faults.push(`${about.path}: ${whatToDo}`),
    warn: ({ about }, whatToDo) => warnings.push(`${about.path}: ${whatToDo}`),
  });
  if (process === 'api' && sources.of(FIELDS.apiToken.about) === undefined) {
    const name = environmentName(FIELDS.apiToken.about.path);
    faults.push(`${name}: missing; set it (or ${name}_FILE) to ${FIELDS.apiToken.about.expected}`);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings, warnings, described };
}

function settingsOf(reading: Reading): Settings {
  const { valueOf } = reading;
  return {
    application: valueOf(FIELDS.application),
    prefix: valueOf(FIELDS.prefix),
    generation: valueOf(FIELDS.generation),
    kafka: kafkaSection(reading),
    group: groupSection(reading),
    registry: registrySection(reading),
    redis: redisSection(reading),
    step: {
      records: valueOf(FIELDS.stepRecords),
      bytes: valueOf(FIELDS.stepBytes),
      ageMs: valueOf(FIELDS.stepAgeMs),
      outputBytes: valueOf(FIELDS.stepOutputBytes),
      keys: valueOf(FIELDS.stepKeys),
    },
    checkpoint: {
      intervalMs: valueOf(FIELDS.checkpointMs),
      keys: valueOf(FIELDS.checkpointKeys),
      dirtyMax: valueOf(FIELDS.dirtyMax),
    },
    scrub: {
      keysPerSecond: valueOf(FIELDS.scrubKeys),
      restMs: valueOf(FIELDS.scrubRestMs),
    },
    cacheKeys: valueOf(FIELDS.cacheCustomers),
    clockLeapMsMax: valueOf(FIELDS.clockLeapMs),
    logLevel: valueOf(FIELDS.logLevel),
    worker: { listen: valueOf(FIELDS.workerListen), stopMs: valueOf(FIELDS.stopMs) },
    api: apiSection(reading),
  };
}

/** Every field with its default, for people: what `tidemark config` prints. */
export function configurationReference(): readonly string[] {
  return [
    'Fields of the configuration, as they stand in the file (YAML or JSON; --config FILE or',
    'TIDEMARK_CONFIG) and in the environment. The environment wins over the file.',
    ...ABOUT_FIELDS.flatMap(({ path, expected, doc, example, isFile, isSecret, ...about }) => [
      '',
      `${path}   ${environmentName(path)}${isSecret ? '   (secret)' : ''}`,
      `  ${doc}`,
      `  ${expected}; default: ${about.default ?? 'none'}; for example ${example}`,
      ...(isFile
        ? [`  or the name of a file that holds it: ${path}File, ${environmentName(path)}_FILE`]
        : []),
    ]),
  ];
}
