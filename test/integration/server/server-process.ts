import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { tidemark, type Child } from '../cli/tidemark';

/** The server in a process of its own, over a data directory. */
export interface ServerProcess {
  readonly child: Child;
  readonly url: string;
  readonly headers: Headers;
  /** Of those who may know what is confidential. */
  readonly restricted: Headers;
}

type Headers = Readonly<Record<string, string>>;

/** Starts it and waits until it listens; `args` besides data directory and port. */
export async function startServer(data: string, args: readonly string[]): Promise<ServerProcess> {
  const child = tidemark(['start', '--data', data, '--port', '0', ...args]);
  await child.until(({ out }) => out().includes(`data in ${data}`));
  const [, url = ''] = /listens on (\S+),/.exec(child.out()) ?? [];
  const headersOf = (file: string): Headers => ({
    authorization: `Bearer ${readFileSync(join(data, file), 'utf8').trim()}`,
  });
  return { child, url, headers: headersOf('token'), restricted: headersOf('restricted-token') };
}

export const isReady = ({ out }: Child): boolean => out().includes('\nready: ');

/** Ends it by a signal and waits until it is gone. */
export async function end(
  { child }: ServerProcess,
  signal: NodeJS.Signals,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }> {
  const began = performance.now();
  child.process.kill(signal);
  const ended = await child.ended;
  return { ...ended, ms: performance.now() - began };
}
