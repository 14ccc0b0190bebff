import { fork } from 'node:child_process';
import { measureCustomers, measurePast } from './core-scaling';
import { measureStream } from './core-stream';
import { measureIngest } from './ingest';
import { measureParseOnly, measureWithoutEngine } from './ingest-peers';
import { prepareLive } from './live-events';
import { measureMemory } from './memory';
import { measureMidnight } from './midnight';
import { measurePeers } from './peers';
import { measureProfile } from './profile';
import { measureRecovery } from './recovery';
import { measureServer } from './server-load';
import { measureCodec, measureSizes } from './states';

/** Each measure runs in a process of its own: none inherits the heap or the compiled code of another. */
const TASKS = {
  stream: measureStream,
  customers: measureCustomers,
  past: measurePast,
  codec: measureCodec,
  sizes: measureSizes,
  peers: measurePeers,
  profile: measureProfile,
  prepare: prepareLive,
  ingest: measureIngest,
  withoutEngine: measureWithoutEngine,
  parseOnly: measureParseOnly,
  memory: measureMemory,
  midnight: measureMidnight,
  server: measureServer,
  recovery: measureRecovery,
};

type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;

interface Message {
  readonly task: TaskName;
  readonly input: never;
}

/** Old space of a measure, MiB; a million customers need more. */
const HEAP_MIB = 4096;

/** @throws Error when the process ends without a result */
export function measured<N extends TaskName>(
  task: N,
  input: Parameters<Tasks[N]>[0],
  heapMiB = HEAP_MIB,
): Promise<Awaited<ReturnType<Tasks[N]>>> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [], {
      execArgv: [...process.execArgv, '--expose-gc', `--max-old-space-size=${heapMiB}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let result: Awaited<ReturnType<Tasks[N]>> | undefined;
    child.on('message', (message) => {
      result = message as Awaited<ReturnType<Tasks[N]>>;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (result !== undefined) resolve(result);
      else reject(new Error(`the measure ${task} ended with ${signal ?? `code ${code}`}`));
    });
    child.send({ task, input });
  });
}

async function run(task: TaskName, input: never): Promise<void> {
  const result = await TASKS[task](input);
  process.send?.(result, () => process.disconnect());
}

if (require.main === module) {
  process.once('message', (message) => {
    const { task, input } = message as Message;
    void run(task, input);
  });
}
