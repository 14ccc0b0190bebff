import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run, scratchFolder, whenDone, end, type Running } from './processes';

export const ROOT = join(__dirname, '../../..');

/** A service of docker-compose.yml, as docker-compose has read it. */
export interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly build?: { readonly dockerfile: string };
}

/**
 * What docker-compose makes of the file: it fails where the file is not right.
 * @param token that is exported; undefined: none
 * @param folder where the file is, and `.env` where there is one
 */
export function composeFile(
  token: string | undefined,
  folder = ROOT,
): Readonly<Record<string, Service>> {
  const text = execFileSync('docker-compose', ['--file', 'docker-compose.yml', 'config'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, TIDEMARK_API_TOKEN: token },
  });
  const { services } = parse(text) as { readonly services: Readonly<Record<string, Service>> };
  return services;
}

export const isOurs = ({ image }: Service): boolean => image.startsWith('tidemark:');

/** By a host and port of the file, those of a server that is here. */
export type Places = Readonly<Record<string, string>>;

const moved = (text: string, places: Places): string =>
  Object.entries(places).reduce((all, [from, to]) => all.replaceAll(from, to), text);

/** A service's own command and environment, with nothing but hosts and ports (and folders) moved. */
export interface Started extends Running {
  /** Each line of its standard output. */
  readonly lines: readonly string[];
}

export function startService(name: string, service: Service, places: Places): Started {
  const [command = '', ...args] = (service.command ?? []).map((part) => moved(part, places));
  const given = Object.entries(service.environment ?? {});
  const env = Object.fromEntries(given.map(([key, value]) => [key, moved(String(value), places)]));
  const lines: string[] = [];
  const log = join(scratchFolder(name), 'log');
  const program = { command, args, cwd: ROOT, log, env };
  const running = run({ ...program, line: (line) => void lines.push(line) });
  whenDone(() => end(running));
  return { ...running, lines };
}

/** Runs a service's health check once. @returns whether it is healthy */
export function isHealthy({ healthcheck }: Service, places: Places): boolean {
  const [kind, command = '', ...args] = (healthcheck?.test ?? []).map((part) =>
    moved(part, places),
  );
  if (kind !== 'CMD') throw new Error('the health check is no command');
  try {
    execFileSync(command, args, { cwd: ROOT, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
