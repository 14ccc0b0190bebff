import { parentPort, workerData } from 'node:worker_threads';
import type { Verification } from '@tidemark/engine/verify';
import { verifyPartition } from './evidence';

/** What the thread is given. */
export interface VerifyTask {
  readonly directory: string;
  readonly partition: number;
}

/** What it tells. */
export type VerifyMessage =
  | { readonly kind: 'progress'; readonly records: number }
  | { readonly kind: 'done'; readonly verification: Verification };

const PROGRESS_MS = 200;

/** Verifies one partition in a thread of its own: partitions have nothing in common. */
async function main({ directory, partition }: VerifyTask): Promise<void> {
  const tell = (message: VerifyMessage): void => parentPort?.postMessage(message);
  let toldAt = 0;
  const verification = await verifyPartition(directory, partition, (records) => {
    const now = performance.now();
    if (now - toldAt < PROGRESS_MS) return;
    toldAt = now;
    tell({ kind: 'progress', records });
  });
  tell({ kind: 'done', verification });
}

const task: VerifyTask = workerData;
void main(task).catch((error: unknown) => {
  // an error of a thread loses its class on the way: its name says what it was
  throw error;
});
