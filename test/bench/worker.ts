import { fork } from 'node:child_process';
import { measureCustomers, measurePast } from './core-scaling';
import { measureStream } from './core-stream';
import { measurePeers } from './peers';
import { measureProfile } from './profile';
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
): Promise<ReturnType<Tasks[N]>> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, [], {
      execArgv: [...process.execArgv, '--expose-gc', `--max-old-space-size=${heapMiB}`],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let result: ReturnType<Tasks[N]> | undefined;
    child.on('message', (message) => {
      result = message as ReturnType<Tasks[N]>;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (result !== undefined) resolve(result);
      else reject(new Error(`the measure ${task} ended with ${signal ?? `code ${code}`}`));
    });
    child.send({ task, input });
  });
}

if (require.main === module) {
  process.once('message', (message) => {
    const { task, input } = message as Message;
    const result = TASKS[task](input);
    process.send?.(result, () => process.disconnect());
  });
}
