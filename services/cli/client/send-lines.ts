import { pause } from '@tidemark/engine/pause';
import type { Line } from '../lines';
import { UsageFault } from '../exit';
import { pauseMs, refusalOf, type Connection } from './connection';

/** A line that the server did not take. */
export interface RefusedLine {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
}

export interface Sent {
  readonly accepted: number;
  readonly refused: readonly RefusedLine[];
}

/** Sends lines in one go; what is accepted is durable then. @throws UsageFault when it is not taken */
export type SendLines = (lines: readonly Line[]) => Promise<Sent>;

const RETRY = new Set([429, 502, 503, 504]);

/**
 * Sends lines in one request, again and again until the server takes it: sending twice changes
 * nothing.
 * @param waitMs how long to keep trying while the server cannot be reached or is busy
 * @throws UsageFault when it does not take the request, or not in time
 */
export async function sendLines(
  { url, headers }: Connection,
  lines: readonly Line[],
  waitMs: number,
): Promise<Sent> {
  const body = lines.map(({ text }) => text).join('\n');
  const request = {
    method: 'POST',
    body,
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
  };
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await tried(`${url}/v1/events?results=refused`, request);
    if (answer instanceof Response) {
      if (answer.ok) return sentOf(JSON.parse(await answer.text()), lines);
      if (!RETRY.has(answer.status)) throw await refusalOf(answer);
    }
    if (performance.now() >= end) {
      const why =
        answer instanceof Response
          ? (await refusalOf(answer)).message
          : `the server at ${url} cannot be reached (${answer})`;
      throw new UsageFault(
        `${why}; nothing of the lines from ${lines[0]?.number ?? 0} on is known to be stored, send them again later`,
      );
    }
    const retryAfter = answer instanceof Response ? answer.headers.get('retry-after') : null;
    if (answer instanceof Response) await answer.body?.cancel();
    await pause(pauseMs(attempt, retryAfter));
  }
}

/** The answer, or why there is none. */
async function tried(url: string, request: RequestInit): Promise<Response | string> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    return cause instanceof Error ? cause.message : 'no connection';
  }
}

interface Taken {
  readonly accepted: number;
  readonly results: readonly {
    readonly index: number;
    readonly code: string;
    readonly reason: string;
  }[];
}

const sentOf = ({ accepted, results }: Taken, lines: readonly Line[]): Sent => ({
  accepted,
  refused: results.map(({ index, code, reason }) => ({
    line: lines[index]?.number ?? 0,
    code,
    reason,
  })),
});
