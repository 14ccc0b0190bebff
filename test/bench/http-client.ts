import { Agent, request } from 'node:http';
import { pause } from './bench-engine';
import type { ServerProcess } from './server-process';

export interface Client {
  /** Sends one body of JSON Lines. @returns the status, and when to try again in seconds */
  readonly post: (body: Buffer) => Promise<{ readonly code: number; readonly retryAfter: number }>;
  readonly close: () => void;
}

export function newClient({ port, token }: ServerProcess, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        const options = { port, agent, method: 'POST', path: '/v1/events?results=refused' };
        const length = { 'content-length': body.length };
        const asked = request({ ...options, headers: { ...headers, ...length } }, (answer) => {
          answer.resume();
          const retryAfter = Number(answer.headers['retry-after'] ?? 0);
          answer.on('end', () => resolve({ code: answer.statusCode ?? 0, retryAfter }));
          answer.on('error', reject);
        });
        asked.on('error', reject);
        asked.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Closed loop: so many requests are under way at any time. @returns how often it was told to wait */
export async function postAll(
  client: Client,
  bodies: readonly Buffer[],
  inFlight: number,
): Promise<number> {
  let next = 0;
  let waits = 0;
  const sender = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      for (;;) {
        const { code, retryAfter } = await client.post(body);
        if (code === 200) break;
        if (code !== 503 && code !== 429) throw new Error(`the server answered ${code}`);
        waits += 1;
        await pause(retryAfter * 1000);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  return waits;
}

export const bodyOf = (lines: readonly Buffer[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, NEWLINE]));

const NEWLINE = Buffer.from('\n');
