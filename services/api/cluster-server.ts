import { mkdirSync } from 'node:fs';
import { openConnections, type Connections } from '@tidemark/processor/cluster-connections';
import { clusterEngine, type ClusterEngine } from '@tidemark/processor/cluster-engine';
import { ClusterFault } from '@tidemark/processor/cluster-fault';
import type { Log } from '@tidemark/processor/cluster-log';
import type { Settings } from '@tidemark/processor/configuration';
import type { Server } from './context';
import { newServer } from './server';
import { openViews } from './views';

/** What waits for a server that is away is given up so long after the end was asked for. */
const PATIENCE_MS = 3_000;

/**
 * Serves a cluster until it is asked to stop; listens once all servers are there.
 * @param listening told the port
 * @throws ClusterFault when a person has to mend something
 */
export async function serveCluster(
  settings: Settings,
  log: Log,
  signal: AbortSignal,
  listening: (port: number) => void,
): Promise<void> {
  const connections = await openConnections(settings, log, signal);
  if (connections === undefined) return;
  try {
    await serve(settings, connections, log, signal, listening);
  } finally {
    await connections.close();
    log({ level: 'info', event: 'stopped' });
  }
}

async function serve(
  settings: Settings,
  connections: Connections,
  log: Log,
  signal: AbortSignal,
  listening: (port: number) => void,
): Promise<void> {
  const { application, generation, api } = settings;
  let rescue: NodeJS.Timeout | undefined;
  const report = (message: string): void => log({ level: 'warn', event: 'api', message });
  const engine = clusterEngine(
    { application, generation, backlogMax: api.backlogMax },
    connections,
    log,
  );
  try {
    mkdirSync(api.viewsDirectory, { recursive: true });
    const views = await openViews(api.viewsDirectory, engine, report);
    try {
      const app = await newServer({ engine, views, token: tokenOf(settings), report });
      try {
        listening(await listen(app, settings));
        await aborted(signal);
        log({ level: 'info', event: 'stopping' });
        rescue = setTimeout(() => void connections.close(), PATIENCE_MS);
      } finally {
        await app.close();
      }
    } finally {
      await views.close();
    }
  } finally {
    await stop(engine, connections);
    clearTimeout(rescue);
  }
}

function tokenOf({ api }: Settings): string {
  if (api.token === undefined) throw new ClusterFault('api.token is missing');
  return api.token;
}

async function listen(app: Server, { api: { listen: at } }: Settings): Promise<number> {
  try {
    await app.listen(at);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ClusterFault(`api.listen: cannot listen there (${code}); name another address`, {
      cause: error,
    });
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : at.port;
}

/** Reads that wait for the registry end first. */
async function stop(engine: ClusterEngine, { hurry }: Connections): Promise<void> {
  hurry();
  await engine.stop();
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
