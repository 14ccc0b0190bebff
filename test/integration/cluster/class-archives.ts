import { existsSync, renameSync, rmSync } from 'node:fs';
import { kafkaJars, registryJar, type Fetched } from './downloads';
import { archiveOf, QUICK } from './java-options';
import { startKafka } from './kafka-server';
import { startRegistry } from './registry-server';

/**
 * Keeps what Java loads and checks of each server at its start in a file beside the server, once: it is half
 * of what a start takes, and a run of all tests starts dozens. Java goes on without a file that fits no more.
 */
export async function archiveClasses(): Promise<void> {
  await archive(kafkaJars(), async (java) => {
    const { brokers } = await startKafka({ own: true, java });
    for (const broker of brokers) await broker.kill('SIGTERM');
  });
  await archive(registryJar(), async (java) => {
    const registry = await startRegistry({ own: true, java });
    await registry.stop();
  });
}

async function archive(
  program: Fetched,
  runOnce: (java: readonly string[]) => Promise<void>,
): Promise<void> {
  if (!program.ok) return;
  const file = archiveOf(program.folder);
  if (existsSync(file)) return;
  // renamed when complete: what is half there is never used
  const part = `${file}.${process.pid}`;
  try {
    await runOnce([...QUICK, `-XX:ArchiveClassesAtExit=${part}`]);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}
