import { dirname, join } from 'node:path';
import { registryJar } from './downloads';
import { quickJava } from './java-options';
import { end, freePort, run, scratchFolder, until, whenDone, type Running } from './processes';

export interface RegistryServer {
  /** Of the Confluent-compatible interface. */
  readonly url: string;
  readonly port: number;
  readonly kill: () => Promise<void>;
  /** It keeps schemas in memory: after this it knows none, and gives ids anew. */
  readonly restart: () => Promise<void>;
  /** Cleanly. */
  readonly stop: () => Promise<void>;
}

export interface RegistrySettings {
  /** Default: a free one. */
  readonly port?: number;
  /** Never the one named in the environment: this one will be stopped or emptied. */
  readonly own?: boolean;
  /** Options of the Java machine, instead of those for a quick start. */
  readonly java?: readonly string[];
}

export async function startRegistry(settings: RegistrySettings = {}): Promise<RegistryServer> {
  const named = process.env['TIDEMARK_TEST_REGISTRY'];
  if (named !== undefined && settings.port === undefined && settings.own !== true) {
    return namedRegistry(named);
  }
  const jar = registryJar();
  if (!jar.ok) throw new Error(jar.why);
  const folder = scratchFolder('registry');
  const port = settings.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  let running: Running | undefined;
  const kill = async (): Promise<void> => {
    if (running !== undefined) await end(running);
  };
  const stop = async (): Promise<void> => {
    running?.kill('SIGTERM');
    await running?.ended;
  };
  const restart = async (): Promise<void> => {
    await kill();
    running = run({
      command: 'java',
      args: [
        ...['-Xmx256m', ...(settings.java ?? quickJava(jar.folder))],
        ...[`-Dquarkus.http.port=${port}`, '-Dquarkus.http.host=127.0.0.1', '-jar', jar.folder],
      ],
      cwd: dirname(jar.folder),
      log: join(folder, 'registry.log'),
    });
    await until('the registry answers', () => answers(`${url}/subjects`), { running });
  };
  whenDone(kill);
  await restart();
  return { url, port, kill, restart, stop };
}

function namedRegistry(url: string): RegistryServer {
  const refuse = (): never => {
    throw new Error('a server named in the environment is not ours to kill: ask for an own one');
  };
  return {
    url,
    port: Number(new URL(url).port),
    kill: refuse,
    restart: refuse,
    stop: async () => {},
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return ok;
  } catch {
    return false;
  }
}
