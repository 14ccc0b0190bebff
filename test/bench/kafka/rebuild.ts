import { setTimeout as pause } from 'node:timers/promises';
import { stop, watched, type Client } from './client-process';
import { statusOf, type OurStatus } from './clients';
import { lookAtRedis } from './redis-tools';

export interface Rebuild {
  /** From the start of the process until all partitions take new input. */
  readonly seconds: number;
  /** Of Redis, for each customer. */
  readonly bytesPerCustomer: number;
}

const LOOK_MS = 20;
const PATIENCE_MS = 600_000;

/**
 * Fills the checkpoint with all customers of the input, empties Redis and starts again.
 * @param start over the same stores each time
 */
export async function measureRebuild(
  redis: string,
  start: () => Promise<Client>,
  customers: number,
): Promise<Rebuild> {
  const look = lookAtRedis(redis);
  try {
    await look.empty();
    const bare = await look.usedBytes();
    const first = await start();
    await watched(first, customers);
    await says(first, ({ dirty, keys }) => dirty === 0 && keys === customers);
    const filled = await look.usedBytes();
    await stop(first.running);
    await look.empty();
    const started = performance.now();
    const second = await start();
    await says(second, ({ live, keys }) => live && keys === customers);
    const seconds = (performance.now() - started) / 1000;
    await stop(second.running);
    return { seconds, bytesPerCustomer: (filled - bare) / customers };
  } finally {
    look.close();
  }
}

async function says(client: Client, holds: (status: OurStatus) => boolean): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  for (;;) {
    const status = statusOf(client);
    if (status !== undefined && holds(status)) return;
    if (client.running.isOver() || performance.now() > last) {
      throw new Error(`${client.name} does not get there:\n${client.running.said().slice(-2_000)}`);
    }
    await pause(LOOK_MS);
  }
}
