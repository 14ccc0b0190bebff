import { decode } from '@tidemark/schemas/avro';
import { Fenced } from '../../errors';
import type { Commit, JournalEntry, Ledger, TopicLog } from '../../ports';
import type { Checkpoints } from './checkpoints';
import type { Frame } from './frame';
import { openLog, type Log, type LogOptions } from './log';
import { nextOffsets, outputReader, type Outputs } from './outputs';
import { draftStep, journalOf, runsOf } from './step-frame';
import { endingWaits, notify, topicLog } from './topic-file';

/** The steps of one partition: its journal and its outputs. A journal position is a step's number. */
export interface Steps {
  readonly ledger: Ledger;
  readonly outputs: TopicLog;
  readonly log: Log;
  readonly last: () => Promise<JournalEntry | undefined>;
}

/** @param checkpoints where slices go once their step is durable; undefined: the store is read only */
export async function openSteps(
  options: Omit<LogOptions, 'meta' | 'onFrame' | 'onMeta'>,
  checkpoints: Checkpoints | undefined,
): Promise<Steps> {
  const outputs = nextOffsets();
  const log = await openLog({
    ...options,
    meta: outputs.encode,
    onMeta: ({ base }, meta) => outputs.begin(base, meta),
    onFrame: (frame) => outputs.add(frame.base, runsOf(frame)),
  });
  const last = async (): Promise<JournalEntry | undefined> =>
    log.next() === log.first() ? undefined : (await readEntries(log, log.next() - 1, 1))[0];
  return {
    log: endingWaits(log, outputs.listeners),
    last,
    outputs: topicLog(outputReader(log, outputs, options.files)),
    ledger: ledgerOf(log, outputs, checkpoints, last),
  };
}

function ledgerOf(
  log: Log,
  outputs: Outputs,
  checkpoints: Checkpoints | undefined,
  last: Ledger['last'],
): Ledger {
  let token = 0;
  return {
    fence: async () => {
      token = Math.max(token + 1, log.next());
      const mine = token;
      // steps of the earlier owner that are being written still count
      await log.idle();
      return mine;
    },
    last,
    read: (from, limit) => readEntries(log, from, limit),
    commit: async (owner, commit) => {
      await checkpoints?.ready();
      if (owner !== token) throw new Fenced('another owner has taken the partition over');
      return writeStep(log, outputs, checkpoints, commit);
    },
  };
}

function writeStep(
  log: Log,
  outputs: Outputs,
  checkpoints: Checkpoints | undefined,
  commit: Commit,
): Promise<number> {
  const { step } = commit.journal;
  let claimed = false;
  return new Promise((resolve, reject) => {
    log.append({
      make: (base) => {
        if (step !== base)
          throw new Error(`step ${step} was to be committed where ${base} belongs`);
        claimed = true;
        return draftStep(commit, outputs.claim);
      },
      done: (frame) => {
        outputs.add(frame.base, runsOf(frame));
        if (commit.checkpoint !== undefined) checkpoints?.write(commit.checkpoint);
        resolve(frame.base);
        notify(outputs.listeners);
      },
      failed: (error) => {
        // a write fails as a whole: what others of it had claimed is given back with this
        if (claimed) outputs.release();
        reject(error);
      },
    });
  });
}

async function readEntries(log: Log, from: number, limit: number): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  while (entries.length < limit) {
    const frames = await log.read(from + entries.length);
    if (frames.length === 0) break;
    for (const frame of frames.slice(0, limit - entries.length)) entries.push(entryOf(frame));
  }
  return entries;
}

function entryOf(frame: Frame): JournalEntry {
  const bytes = journalOf(frame);
  return { position: frame.base, record: decode('journal', bytes), bytes };
}
