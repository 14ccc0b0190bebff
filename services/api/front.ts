import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { ApiOptions } from '@tidemark/processor/configuration-sections';
import type { Waiting } from '@tidemark/processor/cluster-waiting';
import { mayReadMetrics } from './access';
import type { Times } from './context';
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

/** What a process can say that still waits. */
export interface Waits {
  readonly waiting: () => readonly Waiting[];
  /** For Prometheus: that it is there, and not ready. */
  readonly metrics: () => string;
  readonly isAllowed: (authorization: string | undefined) => boolean;
}

/** Where it listens, and by which certificate it talks TLS. */
export type FrontOptions = Pick<ApiOptions, 'listen' | 'tls'>;

/**
 * Listens at once. /healthz: the process answers. /metrics: that it is not ready. All else is 503 and says
 * what is waited for, until there is who answers.
 * @throws Error with a code, the system's where it cannot listen, OpenSSL's of a certificate and its key
 */
export async function openFront(
  { listen: { host, port }, tls }: FrontOptions,
  times: Times,
  waits: Waits,
): Promise<Front> {
  let answer = whileWaiting(waits);
  const handle: RequestListener = (request, response) => answer(request, response);
  const { requestTimeout: handshakeTimeout } = times;
  const server =
    tls === undefined
      ? createServer(times, handle)
      : createTlsServer({ ...times, ...tls, handshakeTimeout }, handle);
  // of one that has not begun to talk TLS the server itself knows nothing
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
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
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSE_MS);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

/** The text format of Prometheus, as prom-client names it, too. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const whileWaiting =
  ({ waiting, metrics, isAllowed }: Waits): RequestListener =>
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
      case '/metrics': {
        const asked = { address: request.socket.remoteAddress, headers: request.headers };
        if (!mayReadMetrics(asked, isAllowed)) return sendProblem(response, waiting());
        response.writeHead(200, { 'content-type': METRICS_TYPE });
        return void response.end(metrics());
      }
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
