import type { EmbeddedEngine } from '@tidemark/processor/engine';
import type { InputRecord } from '@tidemark/schemas/records';
import { progress, type Progress } from '../progress';
import { samplePortfolio, type SampleOptions } from '../sample/portfolio';
import { aborted } from './stop-signal';

const BATCH = 500;
const RETRY_MS = 20;
const SHOWN_MS = 100;

/**
 * Sends the sample portfolio to an engine in event time and waits until it is decided. What a load
 * that was cut off had sent already is passed over: nothing else stands before it.
 * @returns false when it was asked to stop on the way
 */
export async function loadSample(
  engine: EmbeddedEngine,
  sample: SampleOptions,
  quiet: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const records = [...samplePortfolio(sample)];
  const bar = progress({ label: 'events of the sample', total: records.length, quiet });
  const follow = followed(engine, bar);
  const timer = setInterval(follow, SHOWN_MS);
  try {
    await sendAll(engine, records, signal);
    await settledOr(engine, signal);
  } finally {
    clearInterval(timer);
    follow();
    bar.done();
  }
  return !signal.aborted;
}

/** Waits until all is decided, or until it is asked to stop: then it is decided after the next start. */
async function settledOr(engine: EmbeddedEngine, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const settled = engine.settled();
  // nobody waits for it any more once it was asked to stop
  settled.catch(() => undefined);
  await Promise.race([settled, aborted(signal)]);
}

/** Advances the bar to what is decided. */
function followed(engine: EmbeddedEngine, bar: Progress): () => void {
  let shown = 0;
  return () => {
    const { partitions } = engine.status();
    const decided = partitions.reduce((sum, { written, lag }) => sum + written - lag, 0);
    bar.advance(decided - shown);
    shown = decided;
  };
}

async function sendAll(
  engine: EmbeddedEngine,
  records: readonly InputRecord[],
  signal: AbortSignal,
): Promise<void> {
  const sent = engine.status().partitions.map(({ written }) => written);
  let batch: InputRecord[] = [];
  for (const record of records) {
    const partition = engine.partitionOf(record.institution, record.customer);
    const left = sent[partition] ?? 0;
    sent[partition] = left - 1;
    if (left > 0) continue;
    batch.push(record);
    if (batch.length < BATCH) continue;
    await send(engine, batch, signal);
    if (signal.aborted) return;
    batch = [];
  }
  await send(engine, batch, signal);
}

async function send(
  engine: EmbeddedEngine,
  batch: readonly InputRecord[],
  signal: AbortSignal,
): Promise<void> {
  const values = batch.map((record) => Buffer.from(JSON.stringify(record)));
  while (!signal.aborted) {
    const answer = await engine.append(values, 'sample');
    if (answer.ok) return;
    if (answer.because !== 'lagging' && answer.because !== 'recovering') {
      throw new Error(`the sample cannot be loaded: ${answer.because}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
