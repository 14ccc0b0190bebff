import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf } from '@tidemark/engine/adapters/redis/settings';
import { readConfiguration, type Environment } from '@tidemark/processor/configuration';
import { ABOUT_FIELDS, environmentName } from '@tidemark/processor/configuration-fields';

const CANARY = 'CANARY-of-32-characters-and-more-0123456789';
const PEM = `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`;

const SECRETS = ABOUT_FIELDS.flatMap(({ isSecret, path }) =>
  isSecret ? [environmentName(path)] : [],
);

function told(environment: Environment): string {
  return (['worker', 'api', 'command'] as const)
    .map((process) => {
      const { ...said } = readConfiguration(environment, undefined, process);
      return JSON.stringify({ ...said, settings: undefined });
    })
    .join('\n');
}

describe('what is told of a configuration', () => {
  it('is looked at for every secret that there is', () => {
    expect(SECRETS).toEqual(
      expect.arrayContaining(['TIDEMARK_KAFKA_TLS_KEY', 'TIDEMARK_API_TOKEN']),
    );
    expect(SECRETS.length).toBeGreaterThanOrEqual(6);
  });

  it.each(SECRETS)('holds nothing of %s, right or wrong, alone or from a file', (name) => {
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-secret-'));
    try {
      const file = join(directory, 'secret');
      writeFileSync(file, CANARY);
      for (const environment of [
        { [name]: CANARY },
        { [name]: PEM },
        { [name]: `${CANARY}\n${CANARY}` },
        { [name]: ` ${CANARY} \u0000` },
        { [`${name}_FILE`]: file },
        { [name]: CANARY, [`${name}_FILE`]: file },
        { [`${name}S`]: CANARY },
      ]) {
        expect(told(environment)).not.toContain(CANARY);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    ['TIDEMARK_REDIS_URL', `redis://user:${CANARY}@redis:6379`],
    ['TIDEMARK_REDIS_URL', `redis://:${CANARY}@redis:6379/0`],
    ['TIDEMARK_REDIS_URL', `http://user:${CANARY}@redis`],
    ['TIDEMARK_REGISTRY_URL', `https://user:${CANARY}@registry`],
    ['TIDEMARK_KAFKA_BROKERS', `user:${CANARY}@kafka:9092`],
  ])('holds no password that stands in an address: %s', (name, value) => {
    const said = told({ [name]: value });
    expect(said).toContain(name);
    expect(said).not.toContain(CANARY);
  });

  it('holds none either where an address is read later', () => {
    const message = (url: string): string => {
      try {
        return JSON.stringify(addressOf(url));
      } catch (error) {
        return String(error);
      }
    };
    for (const url of [`redis://a:${CANARY}@`, `redis://a:${CANARY}@h:1/x`, `http://${CANARY}`]) {
      expect(message(url)).not.toContain(CANARY);
    }
  });
});

describe('the command line, which every process of the machine can read', () => {
  it('takes no secret but by the name of a file', () => {
    const root = join(__dirname, '../../services/cli');
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/(^|\/)(dist|node_modules)\//.test(file),
    );
    const flags = sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/'(?:-\w, )?--([a-z-]+) </g)].map(
        ([, flag = '']) => flag,
      ),
    );
    expect(flags.length).toBeGreaterThan(20);
    const secret = flags.filter((flag) => /token|pass|secret|credential|user$|^key$/.test(flag));
    expect([...new Set(secret)]).toEqual(['token-file']);
  });
});
