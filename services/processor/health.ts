import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Tally } from '@tidemark/engine/measures';
import { NO_METHODOLOGY } from './cluster-partitions';
import type { Waiting } from './cluster-waiting';
import type { Worker } from './cluster-worker';
import type { Address } from './configuration-kinds';
import { ownText, runtimeRegistry } from './process-metrics';

export interface Health {
  /** Where it listens. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** What /readyz says; nothing about customers. */
interface Readiness {
  readonly status: 'live' | 'waiting' | 'recovering' | 'stopping' | 'stopped';
  /** Where it is waiting: for what, and why that is not there yet. */
  readonly waiting?: readonly Waiting[];
  readonly partitions: readonly {
    readonly partition: number;
    readonly phase: string;
    readonly step: number;
    readonly stepsLeft: number;
    readonly fault?: string;
    /** Why it is not live, where something has failed. */
    readonly why?: string;
  }[];
}

/**
 * /healthz: the process answers. /readyz: all its partitions are live. /metrics: for Prometheus. None of
 * them waits for another server.
 * @param lines of the log, by level
 */
export async function serveHealth(
  worker: Worker,
  { host, port }: Address,
  lines: Tally,
): Promise<Health> {
  const registry = runtimeRegistry();
  const metrics = async (): Promise<string> => {
    const isReady = statusOf(worker) === 'live';
    const process = {
      component: 'processor',
      isReady,
      lines,
      assignments: worker.assignments(),
      freshness: worker.freshness(),
      isRedisUp: worker.isRedisUp(),
    } as const;
    return ownText(process, worker.measured()) + (await registry.metrics());
  };
  const server = createServer((request, response) => {
    void answer(request.url ?? '', response, worker, metrics, registry.contentType);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: portOf(server), close: () => close(server) };
}

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

async function answer(
  url: string,
  response: ServerResponse,
  worker: Worker,
  metrics: () => Promise<string>,
  contentType: string,
): Promise<void> {
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  try {
    switch (url.split('?')[0]) {
      case '/healthz':
        return json(200, { status: 'ok' });
      case '/readyz': {
        const readiness = readinessOf(worker);
        return json(readiness.status === 'live' ? 200 : 503, readiness);
      }
      case '/metrics': {
        const text = await metrics();
        response.writeHead(200, { 'content-type': contentType });
        return void response.end(text);
      }
      default:
        return json(404, { status: 'there are /healthz, /readyz and /metrics' });
    }
  } catch {
    json(500, { status: 'failed' });
  }
}

function readinessOf(worker: Worker): Readiness {
  const partitions = worker.partitions();
  const told = partitions.map(({ partition, phase, status, fault, why }) => ({
    partition,
    phase,
    step: status?.step ?? -1,
    stepsLeft: phase === 'stopped' ? 0 : (status?.replay.of ?? 0) - (status?.replay.done ?? 0),
    ...(fault === undefined ? {} : { fault }),
    ...(why === undefined ? {} : { why }),
  }));
  const status = statusOf(worker);
  if (status !== 'waiting') return { status, partitions: told };
  const waits = worker.waiting();
  const isJoined = worker.phase() === 'joined' && waits.length === 0;
  const waiting = isJoined ? [{ what: 'methodology', why: NO_METHODOLOGY }] : waits;
  return { status, waiting, partitions: told };
}

function statusOf(worker: Worker): Readiness['status'] {
  const phase = worker.phase();
  if (phase !== 'joined') return phase;
  const partitions = worker.partitions();
  if (partitions.some((one) => one.phase === 'stopped')) return 'stopped';
  if (worker.waiting().length > 0) return 'waiting';
  const others = partitions.filter((one) => one.phase !== 'live');
  if (others.length === 0) return 'live';
  // until a methodology is published nothing is decided
  return others.every((one) => one.phase === 'waiting') ? 'waiting' : 'recovering';
}
