import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageFault } from '../exit';

export interface ConnectionOptions {
  readonly url: string;
  readonly tokenFile?: string;
}

/** Where the server is and what lets one in. */
export interface Connection {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const addConnectionOptions = (command: Command): Command =>
  command
    .option(
      '--url <url>',
      'address of the server (or TIDEMARK_URL); NODE_EXTRA_CA_CERTS names who signed its certificate',
      process.env['TIDEMARK_URL'] ?? 'http://127.0.0.1:8080',
    )
    .option('--token-file <file>', 'file with the token (default: TIDEMARK_TOKEN, or data/token)');

const DEFAULT_FILE = join('data', 'token');

/** @throws UsageFault when there is no token or no such address */
export function connectionOf({ url, tokenFile }: ConnectionOptions): Connection {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageFault(`${url} is no address; write --url http://127.0.0.1:8080`);
  }
  const fromEnvironment = process.env['TIDEMARK_TOKEN'];
  const token =
    tokenFile === undefined && fromEnvironment !== undefined
      ? fromEnvironment
      : tokenIn(tokenFile ?? DEFAULT_FILE);
  return { url: url.replace(/\/+$/, ''), headers: { authorization: `Bearer ${token.trim()}` } };
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageFault(
      `no token (${why}); name its file with --token-file DIR/token, DIR being the data directory of the server, or set TIDEMARK_TOKEN`,
    );
  }
}

/** What a refused request says to do. */
export async function refusalOf(response: Response): Promise<UsageFault> {
  if (response.status === 401) {
    return new UsageFault('the server does not know this token; take the one in its DIR/token');
  }
  const body: unknown = await response.json().catch(() => undefined);
  const { title = response.statusText, detail = '' } = Object(body);
  return new UsageFault(`the server answers ${response.status}: ${title}; ${detail}`);
}

const WAIT_MS_MAX = 30_000;

/** Milliseconds until the next try: what the server asks for, or longer each time. */
export function pauseMs(attempt: number, retryAfter: string | null = null): number {
  const asked = retryAfter === null ? Number.NaN : Number(retryAfter) * 1000;
  const own = 250 * 2 ** Math.min(attempt, 7);
  return Math.min(Number.isFinite(asked) ? Math.max(asked, 0) : own, WAIT_MS_MAX);
}
