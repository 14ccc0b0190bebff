import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Programs of others, fetched once into a cache outside the tree; the servers come from Maven Central. All of
 * it is synchronous: a suite must know while it is being declared whether its servers are to be had.
 */
const KAFKA = '4.1.0';
const APICURIO = '2.6.13.Final';
/** After a failure nobody tries again for so long: every suite would wait for the same answer. */
const RETRY_AFTER_MS = 600_000;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidemark</groupId><artifactId>servers</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
`;

export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidemark');

export interface Program {
  readonly title: string;
  readonly folder: string;
  /** The command that fetches it. */
  readonly needs: string;
  /** Shell commands that fill the working directory, `$POM` being the file above. */
  readonly fetch: string;
}

const kafkaProgram: Program = {
  title: `Kafka ${KAFKA} (54 MB)`,
  folder: `kafka-${KAFKA}`,
  needs: 'mvn',
  fetch: 'mvn -q -B -f "$POM" dependency:copy-dependencies -DoutputDirectory="$PWD"',
};

const ARTIFACT = 'apicurio-registry-app';
const registryProgram: Program = {
  title: `Apicurio Registry ${APICURIO} (142 MB)`,
  folder: `apicurio-${APICURIO}`,
  needs: 'mvn',
  fetch: [
    `mvn -q -B dependency:copy -Dartifact=io.apicurio:${ARTIFACT}:${APICURIO}:tar.gz:all -DoutputDirectory="$PWD"`,
    `tar xzf ${ARTIFACT}-${APICURIO}-all.tar.gz`,
    `rm ${ARTIFACT}-${APICURIO}-all.tar.gz`,
  ].join(' && '),
};

export type Fetched = { readonly ok: true; readonly folder: string } | NotThere;
export interface NotThere {
  readonly ok: false;
  readonly why: string;
}

/** The jars of Kafka: server, tools and clients, in one folder. */
export const kafkaJars = (): Fetched => fetched(kafkaProgram);

/** The registry's runnable jar. */
export function registryJar(): Fetched {
  const program = fetched(registryProgram);
  if (!program.ok) return program;
  return { ok: true, folder: join(program.folder, `${ARTIFACT}-${APICURIO}-runner.jar`) };
}

export function hasCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

/** In a folder of its own, renamed when complete: what is half there is never seen. */
export function fetched(program: Program): Fetched {
  const target = join(cacheFolder(), program.folder);
  if (existsSync(target)) return { ok: true, folder: target };
  if (!hasCommand(program.needs)) {
    return { ok: false, why: `${program.title} needs ${program.needs} to be fetched` };
  }
  const failure = join(cacheFolder(), `${program.folder}.failed`);
  if (isFresh(failure)) return { ok: false, why: `${program.title} could not be fetched` };
  mkdirSync(cacheFolder(), { recursive: true });
  const script = `[ -d "$TARGET" ] || { echo "fetching $TITLE into $CACHE" >&2; ${program.fetch}; }`;
  const part = mkdtempSync(join(cacheFolder(), 'part-'));
  try {
    const pom = join(cacheFolder(), `${program.folder}.pom.xml`);
    writeFileSync(pom, POM);
    // the lock goes with its holder: test files that start side by side wait for the first one
    const lock = join(cacheFolder(), `${program.folder}.lock`);
    const locked = hasCommand('flock') ? ['flock', lock] : ['env'];
    const [command = '', ...args] = [...locked, 'sh', '-c', `cd "$PART" && ${script} && ${MOVE}`];
    const { status } = spawnSync(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PART: part,
        POM: pom,
        TARGET: target,
        TITLE: program.title,
        CACHE: cacheFolder(),
      },
    });
    if (status === 0 && existsSync(target)) return { ok: true, folder: target };
    writeFileSync(failure, new Date().toISOString());
    return { ok: false, why: `${program.title} could not be fetched` };
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Under the lock, or else by whoever comes first. */
const MOVE = '{ [ -d "$TARGET" ] || mv "$PART" "$TARGET"; }';

const isFresh = (file: string): boolean =>
  existsSync(file) && Date.now() - statSync(file).mtimeMs < RETRY_AFTER_MS;
