import { mkdirSync } from 'node:fs';
import { codeOf } from '@tidemark/engine/errors';
import { openConnections, type Connections } from '@tidemark/processor/cluster-connections';
import { clusterEngine, type ClusterEngine } from '@tidemark/processor/cluster-engine';
import { ClusterFault } from '@tidemark/processor/cluster-fault';
import { noteWaiting } from '@tidemark/processor/cluster-waiting';
import type { Log } from '@tidemark/processor/cluster-log';
import type { Settings } from '@tidemark/processor/configuration';
import { accessCheck } from './access';
import { DEFAULT_LIMITS, timesOf } from './context';
import { openFront, type Front, type FrontOptions, type Waits } from './front';
import { waitingText } from './metrics';
import { newServer } from './server';
import { openViews } from './views';

/** Whoever asks for a customer while Redis is known to be away is told so after so long. */
const LOST_MS = 500;
/** What waits for a server that is away is given up so long after the end was asked for. */
const PATIENCE_MS = 3_000;

/**
 * Serves a cluster until it is asked to stop. Listens at once, and says what it waits for until all
 * servers are there.
 * @param listening told the port
 * @param lines of the log, by level, for metrics
 * @throws ClusterFault when a person has to mend something
 */
export async function serveCluster(
  settings: Settings,
  log: Log,
  signal: AbortSignal,
  listening: (port: number) => void,
  lines?: ReadonlyMap<string, number>,
): Promise<void> {
  const waits = noteWaiting(log);
  const front = await listen(settings.api, {
    waiting: waits.now,
    metrics: () => waitingText(lines),
    isAllowed: accessCheck(settings.api.tokens),
  });
  try {
    listening(front.port);
    const redis = { ...settings.redis, lostMs: LOST_MS };
    const connections = await openConnections({ ...settings, redis }, waits.log, signal);
    if (connections === undefined) return;
    try {
      await serve(settings, connections, { log, lines }, signal, front);
    } finally {
      await connections.close();
    }
  } finally {
    await front.close();
    log({ level: 'info', event: 'stopped' });
  }
}

async function serve(
  settings: Settings,
  connections: Connections,
  { log, lines }: { readonly log: Log; readonly lines: ReadonlyMap<string, number> | undefined },
  signal: AbortSignal,
  front: Front,
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
    const views = await openViews(
      api.viewsDirectory,
      engine,
      report,
      api.restrictedTokens.length > 0,
    );
    try {
      const { tokens, restrictedTokens } = api;
      const app = await newServer({ engine, views, tokens, restrictedTokens, report, lines });
      try {
        front.handOver((request, response) => app.routing(request, response));
        await aborted(signal);
        log({ level: 'info', event: 'stopping' });
        rescue = setTimeout(() => void connections.close(), PATIENCE_MS);
      } finally {
        await Promise.all([app.close(), front.close()]);
      }
    } finally {
      await views.close();
    }
  } finally {
    await stop(engine, connections);
    clearTimeout(rescue);
  }
}

async function listen(options: FrontOptions, waits: Waits): Promise<Front> {
  try {
    return await openFront(options, timesOf(DEFAULT_LIMITS), waits);
  } catch (error) {
    const code = codeOf(error) ?? 'unknown';
    const whatToDo = code.startsWith('ERR_')
      ? `api.tlsCert, api.tlsKey: no certificate and the key that belongs to it (${code})`
      : `api.listen: cannot listen there (${code}); name another address`;
    throw new ClusterFault(whatToDo, { cause: error });
  }
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
