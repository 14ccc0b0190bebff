import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openToken, TokenRefused, type Token } from '@tidemark/api/access';
import { newServer } from '@tidemark/api/server';
import { openViews } from '@tidemark/api/views';
import { PartitionStopped, PositionGone } from '@tidemark/engine/errors';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { partitionsIn } from '@tidemark/processor/data-directory';
import { MethodologyRefused } from '@tidemark/processor/embedded';
import type { EmbeddedEngine } from '@tidemark/processor/engine';
import type { MethodologyFiles } from '@tidemark/processor/methodology-topic';
import { runThreads } from '@tidemark/processor/threads';
import { EXIT, say, UsageFault } from '../exit';
import { grouped } from '../progress';
import type { Language } from '../summary';
import { loadSample } from './sample-load';
import { newSample, readMarker, writeMarker, type SampleMarker } from './sample-marker';
import { countsOf, portfolioOf, summaryOf } from './sample-summary';
import { aborted, stopSignal } from './stop-signal';
import { findExample, tryNext } from './welcome';

export const DEFAULT_PORT = 8080;

export interface ServerSettings {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly methodology: MethodologyFiles;
  /** Of a new data directory; undefined: the default, or what it has. */
  readonly partitions: number | undefined;
  /** Undefined: in a new data directory. */
  readonly wantsSample: boolean | undefined;
  readonly customers: number;
  readonly seed: number;
  readonly cacheCustomers: number;
  readonly acceptClock: boolean;
  readonly lang: Language;
  readonly quiet: boolean;
  readonly time: 'wall' | 'event';
}

/**
 * A server on a desk is off for days and knows its time when it is back: more than the day of the
 * design's rule, but not so much that a wrong year goes unnoticed.
 */
const CLOCK_LEAP_MS_MAX = 7 * 86_400_000;
const BACKLOG_MAX = 50_000;
const POLL_MS = 50;

/**
 * Runs the server until a signal ends it.
 * @throws UsageFault when it cannot begin; the message says what to do
 */
export async function runServer(settings: ServerSettings): Promise<number> {
  const stop = stopSignal();
  try {
    await checkPort(settings);
    const sample = sampleFor(settings);
    const engine = await openEngine(settings, sample);
    try {
      await serve(settings, engine, sample, stop.signal);
    } finally {
      await engine.stop();
    }
    return EXIT.ok;
  } catch (error) {
    throw isExpected(error) ? new UsageFault(error.message) : error;
  } finally {
    stop.dispose();
  }
}

/** What a person can mend: the message says how. */
const isExpected = (error: unknown): error is Error =>
  [StoreRefused, MethodologyRefused, TokenRefused, PartitionStopped, PositionGone].some(
    (kind) => error instanceof kind,
  );

/** Said before anything is loaded. */
async function checkPort({ host, port }: ServerSettings): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageFault(`cannot listen on ${host}:${port} (${why}); choose another with --port`);
  } finally {
    probe.close();
  }
}

/** The sample that is to be loaded; undefined: none, or it is there already. */
function sampleFor(settings: ServerSettings): SampleMarker | undefined {
  const { data, wantsSample, seed, customers, time } = settings;
  const known = readMarker(data);
  if (known !== undefined) return known.loaded ? undefined : known;
  const isNew = partitionsIn(data) === undefined;
  if (wantsSample === true && !isNew) {
    throw new UsageFault(`${data} has data already: load the sample into another with --data DIR`);
  }
  const wanted = wantsSample ?? time === 'wall';
  return isNew && wanted ? newSample(seed, customers, Date.now()) : undefined;
}

function openEngine(
  settings: ServerSettings,
  sample: SampleMarker | undefined,
): Promise<EmbeddedEngine> {
  const { data, partitions, methodology, cacheCustomers, acceptClock, time } = settings;
  if (sample !== undefined) {
    mkdirSync(data, { recursive: true });
    writeMarker(data, sample);
  }
  return runThreads({
    directory: data,
    partitions,
    methodology,
    time: sample === undefined ? time : 'event',
    clockLeapMsMax: acceptClock ? Infinity : CLOCK_LEAP_MS_MAX,
    cacheKeys: cacheCustomers,
    backlogMax: BACKLOG_MAX,
    report: say,
  });
}

async function serve(
  settings: ServerSettings,
  engine: EmbeddedEngine,
  sample: SampleMarker | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { data, host, port } = settings;
  if (sample !== undefined && !(await load(settings, engine, sample, signal))) return;
  const token = openToken(data);
  const restricted = openToken(data, 'restricted-token');
  const views = await openViews(join(data, 'views'), engine, say, true);
  try {
    const tokens = { tokens: [token.text], restrictedTokens: [restricted.text] };
    const app = await newServer({ engine, views, ...tokens, report: say });
    try {
      const url = await app.listen({ host, port });
      print(`tidemark listens on ${url}, data in ${data}${tokenText(token)}`);
      if (await isReady(engine, signal)) await welcome(settings, engine, url, token, sample);
      await aborted(signal);
      say('stopping');
    } finally {
      await app.close();
    }
  } finally {
    await views.close();
  }
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Shown to a person; what is no terminal may be a log, which others read. */
const tokenText = ({ isNew, text, file }: Token): string =>
  isNew && process.stdout.isTTY
    ? `\nThe token for all requests, kept in ${file}: ${text}`
    : `, token in ${file}`;

/** Loads the sample in event time, tells what came of it, goes on in wall time. */
async function load(
  { data, quiet, lang, methodology, time }: ServerSettings,
  engine: EmbeddedEngine,
  sample: SampleMarker,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await loadSample(engine, sample, quiet, signal))) return false;
  const counts = countsOf(engine);
  await engine.changeTime(time);
  writeMarker(data, { ...sample, loaded: true });
  if (quiet) return true;
  print(`\n${summaryOf(methodology.document, await portfolioOf(engine), counts, lang)}`);
  return true;
}

/**
 * Waits until all partitions are live.
 * @returns false when it is to stop before
 * @throws UsageFault when one of them cannot begin
 */
async function isReady(engine: EmbeddedEngine, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const { phase, partitions } = engine.status();
    if (phase === 'live') return true;
    const fault = partitions.find((partition) => partition.fault !== undefined)?.fault;
    if (fault !== undefined) throw new UsageFault(fault);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}

async function welcome(
  { quiet }: ServerSettings,
  engine: EmbeddedEngine,
  url: string,
  { file }: Token,
  sample: SampleMarker | undefined,
): Promise<void> {
  const { partitions } = engine.status();
  const customers = partitions.reduce((sum, { keys }) => sum + keys, 0);
  const steps = partitions.reduce((sum, { step }) => sum + step + 1, 0);
  print(`ready: ${grouped(customers)} customers after ${grouped(steps)} steps; Ctrl-C stops it`);
  if (quiet || sample === undefined) return;
  const example = await findExample(engine, await portfolioOf(engine), Date.now());
  if (example !== undefined) print(`\n${tryNext(url, file, example).join('\n')}`);
}
