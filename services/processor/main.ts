import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { runWorker } from './cluster-worker';
import { readConfiguration } from './configuration';
import { serveHealth } from './health';
import { processLog } from './log';
import { readArguments, stopSignal } from './process-frame';
import { openTracing } from './tracing';

const ABOUT =
  'A processor of Tidemark: owns partitions of a cluster and decides about their events.';
/** Exit codes: 0 stopped when asked to, 2 a person has to mend something, 3 not stopped in time. */
const EXIT = { fault: 2, late: 3 } as const;

/** A processor: owns partitions of a cluster and decides about their events. */
async function main(): Promise<number> {
  const called = readArguments(process.argv.slice(2), ABOUT);
  if (!called.starts) {
    (called.code === 0 ? process.stdout : process.stderr).write(called.says);
    return called.code;
  }
  const configured = readConfiguration(process.env, called.file, 'worker');
  if (!configured.ok) {
    process.stderr.write(`${configured.faults.join('\n')}\n`);
    return EXIT.fault;
  }
  const { settings, warnings, described } = configured;
  const { log, lines } = processLog(settings.logLevel, 'processor');
  log({ level: 'info', event: 'starting', configuration: described });
  for (const message of warnings) log({ level: 'warn', event: 'configuration', message });
  const signal = stopSignal();
  const tracing = await openTracing(process.env, log);
  const worker = runWorker(settings, log, tracing);
  const listen = serveHealth(worker, settings.worker.listen, lines);
  const health = await listen.catch(async (error: unknown) => {
    log({ level: 'error', event: 'fault', fault: `worker.listen: ${faultText(error)}` });
    await Promise.race([worker.stop(), pause(settings.worker.stopMs)]);
    return undefined;
  });
  if (health === undefined) return EXIT.fault;
  process.stdout.write(`${JSON.stringify({ event: 'listening', port: health.port })}\n`);
  try {
    await Promise.race([worker.done, signal]);
    const late = pause(settings.worker.stopMs).then(() => EXIT.late);
    return await Promise.race([worker.stop().then(() => 0), late]);
  } catch (error) {
    log({ level: 'error', event: 'fault', fault: faultText(error) });
    return EXIT.fault;
  } finally {
    await tracing?.close();
    await health.close();
  }
}

// what may still hang on a server that does not answer is not waited for
void main().then((code) => process.exit(code));
