import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './downloads';
import { startKafka } from './kafka-server';
import { startRegistry } from './registry-server';
import { archiveOf, QUICK, type Server } from './java-options';

/**
 * Keeps what Java loads and checks of each server at its start in a file beside the server, once: it is half
 * of what a start takes, and a run of all tests starts dozens. Java goes on without a file that fits no more.
 */
export async function archiveClasses(): Promise<void> {
  await archive('kafka', async (java) => {
    const { brokers } = await startKafka({ own: true, java });
    for (const broker of brokers) await broker.kill('SIGTERM');
  });
  await archive('registry', async (java) => {
    const registry = await startRegistry({ own: true, java });
    await registry.stop();
  });
}

async function archive(
  server: Server,
  runOnce: (java: readonly string[]) => Promise<void>,
): Promise<void> {
  const file = archiveOf(server);
  if (existsSync(file)) return;
  // renamed when complete: what is half there is never used
  const part = join(cacheFolder(), `part-${process.pid}-${server}.jsa`);
  try {
    await runOnce([...QUICK, `-XX:ArchiveClassesAtExit=${part}`]);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}
