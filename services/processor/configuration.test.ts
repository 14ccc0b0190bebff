import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configurationReference, readConfiguration, type Settings } from './configuration';
import { ABOUT_FIELDS, environmentName } from './configuration-fields';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemark-configuration-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const fileWith = (text: string, name = 'tidemark.yaml'): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};

function settingsOf(environment: Record<string, string>, file?: string): Settings {
  const configured = readConfiguration(environment, file, 'worker');
  if (!configured.ok) throw new Error(configured.faults.join('\n'));
  return configured.settings;
}

function faultsOf(environment: Record<string, string>, file?: string): readonly string[] {
  const configured = readConfiguration(environment, file, 'worker');
  return configured.ok ? [] : configured.faults;
}

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\nSECRET-KEY\n-----END PRIVATE KEY-----';

describe('the configuration', () => {
  it('has a default for everything that a worker on one machine needs', () => {
    const { application, prefix, kafka, redis, registry } = settingsOf({});
    expect({ application, prefix }).toEqual({ application: 'tidemark', prefix: 'tidemark' });
    expect(kafka).toEqual({ brokers: ['127.0.0.1:9092'] });
    expect(redis.urls).toEqual(['redis://127.0.0.1:6379']);
    expect(registry.url).toMatch(/^http:/);
  });

  it('reads every field of the reference by its example, from the environment and from a file', () => {
    for (const { path, example } of ABOUT_FIELDS) {
      const faults = faultsOf({ [environmentName(path)]: example });
      expect(faults.filter((fault) => fault.includes('expected'))).toEqual([]);
    }
    const tree: Record<string, unknown> = {};
    for (const { path, example } of ABOUT_FIELDS) {
      const [section = '', name] = path.split('.');
      if (name === undefined) tree[section] = example;
      else tree[section] = { ...Object(tree[section]), [name]: example };
    }
    expect(faultsOf({}, fileWith(JSON.stringify(tree), 'all.json'))).toEqual([]);
  });

  it('lets the environment win over the file', () => {
    const file = fileWith('prefix: bank\nkafka:\n  brokers: [kafka-1:9092, kafka-2:9092]\n');
    const { prefix, kafka } = settingsOf({ TIDEMARK_PREFIX: 'other' }, file);
    expect(prefix).toBe('other');
    expect(kafka.brokers).toEqual(['kafka-1:9092', 'kafka-2:9092']);
  });

  it('finds its file by TIDEMARK_CONFIG', () => {
    const file = fileWith('{"step": {"records": 17}}', 'named.json');
    expect(settingsOf({ TIDEMARK_CONFIG: file }).step.records).toBe(17);
  });

  it('tells all faults at once, each with its place and what to do', () => {
    const file = fileWith('kafka:\n  broker: a:1\nstep:\n  records: many\n');
    const faults = faultsOf(
      {
        TIDEMARK_KAFKA_BROKERS: 'kafka',
        TIDEMARK_KAFKA_SASL_USERNAME: 'me',
        TIDEMARK_GROUP_HEARTBEAT_MS: '9000',
        TIDEMARK_KAFKA_TLS_CA: PEM,
        TIDEMARK_REDIS_URL: 'redis://a:1,rediss://b:1',
      },
      file,
    );
    const places = [
      'kafka.broker in ',
      'TIDEMARK_KAFKA_BROKERS: expected host:port',
      'kafka.tls: must be true',
      'kafka.saslMechanism: missing',
      'kafka.saslPassword: missing',
      'group.heartbeatMs: at most a third',
      'redis.url: all begin with rediss://',
      'step.records in ',
    ];
    for (const place of places) {
      expect(faults.filter((fault) => fault.startsWith(place))).toHaveLength(1);
    }
    expect(faults).toHaveLength(places.length);
    expect(faults.find((fault) => fault.startsWith('kafka.broker in'))).toContain('kafka.brokers');
    expect(faults.every((fault) => !fault.includes('\n'))).toBe(true);
  });

  it('never prints a secret, nor repeats what was written where it is wrong', () => {
    const secrets = {
      TIDEMARK_KAFKA_TLS: 'true',
      TIDEMARK_KAFKA_TLS_CERT: PEM,
      TIDEMARK_KAFKA_TLS_KEY: KEY,
      TIDEMARK_KAFKA_SASL_MECHANISM: 'plain',
      TIDEMARK_KAFKA_SASL_USERNAME: 'me',
      TIDEMARK_KAFKA_SASL_PASSWORD: 'hunter2-kafka',
      TIDEMARK_REGISTRY_USERNAME: 'me',
      TIDEMARK_REGISTRY_PASSWORD: 'hunter2-registry',
      TIDEMARK_REDIS_PASSWORD: 'hunter2-redis',
      TIDEMARK_API_TOKEN: 'hunter2'.repeat(8),
    };
    const right = readConfiguration(secrets, undefined, 'api');
    expect(right.ok).toBe(true);
    const text = right.ok ? [...right.described, ...right.warnings].join('\n') : '';
    expect(text).toContain('redis.password = *** (TIDEMARK_REDIS_PASSWORD)');
    expect(text).not.toMatch(/hunter2|SECRET-KEY|MIIB/);

    const wrong = Object.keys(secrets).map((name) => [name, ' hunter2 SECRET-KEY ']);
    const broken = fileWith('kafka: {saslPassword: "hunter2\nredis: [', 'broken.yaml');
    const refused = readConfiguration(Object.fromEntries(wrong), broken, 'api');
    expect(refused.ok).toBe(false);
    if (refused.ok) return;
    expect(refused.faults.length).toBeGreaterThan(3);
    expect(refused.faults.join('\n')).not.toMatch(/hunter2|SECRET-KEY/);
  });

  it('refuses an address that holds a password, which would be printed with it', () => {
    const faults = faultsOf({ TIDEMARK_REDIS_URL: 'redis://me:hunter2@redis:6379' });
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toContain('hunter2');
  });

  it('takes a secret from a file, and not from two places', () => {
    const file = fileWith('from-a-file\n', 'password');
    const named = { TIDEMARK_REDIS_PASSWORD_FILE: file };
    expect(settingsOf(named).redis.password).toBe('from-a-file');
    expect(settingsOf({}, fileWith(`redis: {passwordFile: ${file}}`)).redis.password).toBe(
      'from-a-file',
    );
    const both = faultsOf({ ...named, TIDEMARK_REDIS_PASSWORD: 'direct' });
    expect(both).toEqual([expect.stringMatching(/TIDEMARK_REDIS_PASSWORD and .*_FILE: give one/)]);
    const lost = faultsOf({ TIDEMARK_REDIS_PASSWORD_FILE: join(directory, 'nowhere') });
    expect(lost).toEqual([expect.stringContaining('cannot be read (ENOENT)')]);
  });

  it('wants a token for the HTTP interface alone', () => {
    const refused = readConfiguration({}, undefined, 'api');
    expect(refused.ok ? [] : refused.faults).toEqual([
      expect.stringMatching(/^TIDEMARK_API_TOKEN: missing/),
    ]);
    const [old, next] = ['a'.repeat(32), 'b'.repeat(32)];
    const configured = readConfiguration(
      { TIDEMARK_API_TOKEN: `${next},${old}` },
      undefined,
      'api',
    );
    expect(configured).toMatchObject({ ok: true, settings: { api: { tokens: [next, old] } } });
    for (const text of [`${next},short`, `${next},`, `${next} ${old}`]) {
      expect(faultsOf({ TIDEMARK_API_TOKEN: text })).toEqual([
        expect.stringMatching(/^TIDEMARK_API_TOKEN: expected at least 32 characters/),
      ]);
    }
  });

  it('wants a certificate and its key together for the HTTP interface, or neither', () => {
    expect(faultsOf({ TIDEMARK_API_TLS_CERT: PEM })).toEqual([
      'api.tlsKey: missing: the certificate is given',
    ]);
    expect(faultsOf({ TIDEMARK_API_TLS_KEY: KEY })).toEqual([
      'api.tlsCert: missing: the key is given',
    ]);
  });

  it('warns of variables that nobody reads, and starts: a cluster puts in its own', () => {
    const configured = readConfiguration(
      { TIDEMARK_API_SERVICE_HOST: '10.0.0.1', TIDEMARK_KAFKA_BROKER: 'a:1' },
      undefined,
      'worker',
    );
    expect(configured.ok ? configured.warnings : []).toEqual([
      expect.stringContaining('TIDEMARK_API_SERVICE_HOST: no field has this name'),
      expect.stringContaining('is it TIDEMARK_KAFKA_BROKERS?'),
    ]);
  });

  it('has every field in its reference, with default and example', () => {
    const text = configurationReference().join('\n');
    for (const { path, example, doc } of ABOUT_FIELDS) {
      expect(text).toContain(`\n${path}   ${environmentName(path)}`);
      expect(text).toContain(doc);
      expect(text).toContain(`for example ${example}`);
    }
  });
});
