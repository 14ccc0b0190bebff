import { faultText } from '@tidemark/engine/errors';
import { pause } from '@tidemark/engine/pause';
import { readConfiguration } from '@tidemark/processor/configuration';
import { processLog } from '@tidemark/processor/log';
import { readArguments, stopSignal } from '@tidemark/processor/process-frame';
import { serveCluster } from './cluster-server';

const ABOUT =
  'The HTTP interface of Tidemark: takes events for a cluster, answers with ratings and grade changes.';
/** Exit codes: 0 stopped when asked to, 2 a person has to mend something, 3 not stopped in time. */
const EXIT = { fault: 2, late: 3 } as const;
/** A clean end takes no longer, milliseconds. */
const STOP_MS = 10_000;

/** The HTTP interface of a cluster: owns no partition, keeps nothing but copies. */
async function main(): Promise<number> {
  const called = readArguments(process.argv.slice(2), ABOUT);
  if (!called.starts) {
    (called.code === 0 ? process.stdout : process.stderr).write(called.says);
    return called.code;
  }
  const configured = readConfiguration(process.env, called.file, 'api');
  if (!configured.ok) {
    process.stderr.write(`${configured.faults.join('\n')}\n`);
    return EXIT.fault;
  }
  const { settings, warnings, described } = configured;
  const { log, lines } = processLog(settings.logLevel, 'api');
  log({ level: 'info', event: 'starting', configuration: described });
  for (const message of warnings) log({ level: 'warn', event: 'configuration', message });
  const stopping = new AbortController();
  const signal = stopSignal().then(() => stopping.abort());
  try {
    const late = signal.then(() => pause(STOP_MS)).then(() => EXIT.late);
    const listening = (port: number): void => {
      process.stdout.write(`${JSON.stringify({ event: 'listening', port })}\n`);
    };
    const served = serveCluster(settings, log, stopping.signal, listening, lines);
    return await Promise.race([served.then(() => 0), late]);
  } catch (error) {
    log({ level: 'error', event: 'fault', fault: faultText(error) });
    return EXIT.fault;
  }
}

// what may still hang on a server that does not answer is not waited for
void main().then((code) => process.exit(code));
