import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { Waiting } from '@tidemark/processor/cluster-waiting';
import { ApiError, problemOf, retryAfterOf } from './errors';

/** The port of a process that listens before the servers that it needs are there. */
export interface Front {
  readonly port: number;
  /** From now on this one answers. */
  readonly handOver: (answer: RequestListener) => void;
  /** Takes no more requests; resolves when those under way are answered or cut off. */
  readonly close: () => Promise<void>;
}

/** Requests under way are cut off so long after the end was asked for. */
const CLOSE_MS = 2_000;

/**
 * Listens at once. /healthz: the process answers. All else is 503 and says what is waited for, until
 * there is who answers.
 * @throws Error with the system's code where it cannot listen
 */
export async function openFront(
  { host, port }: { readonly host: string; readonly port: number },
  waiting: () => readonly Waiting[],
): Promise<Front> {
  let answer = whileWaiting(waiting);
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    handOver: (to) => {
      answer = to;
    },
    close: async () => {
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

const whileWaiting =
  (waiting: () => readonly Waiting[]): RequestListener =>
  (request, response) => {
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return send(response, 200, 'application/json', { status: 'ok' });
      case '/readyz':
        return send(response, 503, 'application/json', {
          status: 'waiting',
          waiting: waiting(),
          partitions: [],
        });
      default:
        return sendProblem(response, waiting());
    }
  };

function sendProblem(response: ServerResponse, waiting: readonly Waiting[]): void {
  const what = waiting.map((one) => `${one.what} (${one.why})`).join('; ');
  const detail = what === '' ? 'wait until /readyz answers 200' : `waiting for ${what}`;
  const error = new ApiError('TM_WAITING', detail);
  response.setHeader('retry-after', retryAfterOf(error.code) ?? 1);
  const problem = problemOf(error);
  send(response, problem.status, 'application/problem+json', problem);
}

function send(response: ServerResponse, status: number, type: string, body: object): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` });
  response.end(JSON.stringify(body));
}
