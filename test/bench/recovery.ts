import { allDurable, BATCH, feed, openThreads, pause } from './bench-engine';
import { bodyOf, newClient } from './http-client';
import { startServer } from './server-process';
import { barePerson, batchesFrom, payment, shuffled } from './synthetic-live';

export interface RecoveryInput {
  readonly directory: string;
  readonly emptyDirectory: string;
  readonly customers: number;
  /** Events are sent for so long before the process is killed. */
  readonly seconds: number;
}

export interface RecoveryResult {
  readonly customers: number;
  /** Events that were sent until the process was killed, the last ones perhaps in vain. */
  readonly events: number;
  /** From the start of the process to ready, the one that was killed. */
  readonly seconds: number;
  /** The same after a clean stop. */
  readonly cleanSeconds: number;
  /** The same with an empty directory. */
  readonly emptySeconds: number;
  readonly growSeconds: number;
}

const IN_FLIGHT = 8;

/** How soon a server with many customers is ready again after kill -9 in the middle of its work. */
export async function measureRecovery(input: RecoveryInput): Promise<RecoveryResult> {
  const { directory, emptyDirectory, customers } = input;
  const growSeconds = await grow(directory, customers);
  const empty = await startServer(emptyDirectory);
  await empty.stop();
  const clean = await startServer(directory);
  const events = await killedWhileSending(input, clean);
  const again = await startServer(directory);
  await again.stop();
  return {
    customers,
    events,
    seconds: again.readySeconds,
    cleanSeconds: clean.readySeconds,
    emptySeconds: empty.readySeconds,
    growSeconds,
  };
}

/** So many customers of whom little is known: made in this process, which is faster. */
async function grow(directory: string, customers: number): Promise<number> {
  const start = performance.now();
  const engine = await openThreads(directory);
  await feed(
    engine,
    batchesFrom(customers, BATCH, (n) => barePerson(n, Date.now())),
  );
  await allDurable(engine);
  await engine.stop();
  return (performance.now() - start) / 1000;
}

/** @returns how many events were sent */
async function killedWhileSending(
  { customers, seconds }: RecoveryInput,
  server: Awaited<ReturnType<typeof startServer>>,
): Promise<number> {
  const client = newClient(server, IN_FLIGHT);
  let events = 0;
  let killed = false;
  const sender = async (): Promise<void> => {
    while (!killed) {
      const from = events;
      events += BATCH;
      const lines = Array.from({ length: BATCH }, (_, i) =>
        payment(shuffled(from + i, customers), from + i, Date.now()),
      );
      const { code, retryAfter } = await client.post(bodyOf(lines));
      if (code !== 200) await pause(retryAfter * 1000);
    }
  };
  const senders = Array.from({ length: IN_FLIGHT }, () =>
    sender().catch((error: unknown) => {
      if (!killed) throw error;
    }),
  );
  await pause(seconds * 1000);
  killed = true;
  await server.kill();
  await Promise.all(senders);
  client.close();
  return events;
}
