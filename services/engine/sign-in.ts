import { FIRST_INSTANT } from '@tidemark/schemas/iso-time';
import type { Journal, Sweep } from '@tidemark/schemas/records';
import { FROM_THE_BEGINNING } from './checkpoint';
import { Fenced, PartitionStopped } from './errors';
import { encodeJournal, sha256 } from './journal';
import type { Machine } from './machine';
import type { Measures } from './measures';
import type { PartitionOptions } from './options';
import type { JournalEntry, OwnerToken, Ports } from './ports';

/** How an owner enters a journal: it begins one, or notes in it that it has taken over. */

const MS_PER_SECOND = 1000;
/** An owner's clock may be so far from that of the ledger. */
const CLOCK_SKEW_MS_MAX = 60_000;

/**
 * The first record of a journal.
 * @throws PartitionStopped when there are states already, without a journal
 * @throws Fenced when another has begun it meanwhile, and the states are his
 */
export async function begin<State, Input, Output, Globals>(
  machine: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
  owner: OwnerToken,
): Promise<JournalEntry> {
  const watermark = await ports.states?.watermark();
  if (watermark !== undefined || (await ports.checkpoints.restart()) !== undefined) {
    if ((await ports.ledger.last()) !== undefined) {
      throw new Fenced('another owner has begun the journal meanwhile');
    }
    throw new PartitionStopped(
      `partition ${options.partition} has states and an empty journal: the journal was lost, or the states are another's. Restore the journal, or begin anew with empty stores`,
      { reason: 'data' },
    );
  }
  const positions: Record<string, number> = {};
  for (const topic of [...options.inputTopics, ...options.globalTopics]) {
    positions[topic] = (await ports.inputs.bounds(topic)).first;
  }
  const { application, generation, partition, partitions, time } = options;
  return write(ports, owner, {
    ...{ application, generation, partition, partitions, time, positions },
    ...{ step: 0, kind: 'genesis', clock: FIRST_INSTANT, slices: [], refused: [], outputs: [] },
    ...{ schemas: [], globalRefused: [], removed: [] },
    ...{ restart: FROM_THE_BEGINNING, build: machine.build, version: '', previousHash: null },
  });
}

/**
 * Notes the new owner, and where his replay begins by what the checkpoint says of itself; another build
 * makes all keys be decided once more (design, rule 7).
 * @throws PartitionStopped when the checkpoint knows a step that is not in the journal
 * @throws Fenced when that is because another has taken over meanwhile
 */
export async function signIn<State, Input, Output, Globals>(
  { build }: Machine<State, Input, Output, Globals>,
  ports: Ports,
  options: PartitionOptions,
  owner: OwnerToken,
  { record, bytes }: JournalEntry,
): Promise<JournalEntry> {
  const restart = await ports.checkpoints.restart();
  const known = restart?.asOf ?? 0;
  if (known > record.step && (await ports.ledger.last())?.record.step !== record.step) {
    throw new Fenced('another owner has gone on meanwhile');
  }
  checkKnown(options, known, record.step);
  const { range: _range, sweep, ...kept } = record;
  const isOther = record.build !== build && record.version !== '';
  const next: Sweep | undefined = isOther
    ? { after: '', cause: sweep?.cause ?? 'correction' }
    : sweep;
  return write(ports, owner, {
    ...kept,
    ...{ step: record.step + 1, kind: 'owner', slices: [], refused: [], outputs: [], build },
    ...{ removed: [], time: options.time, note: options.owner, previousHash: sha256(bytes) },
    restart: restart ?? FROM_THE_BEGINNING,
    ...(next === undefined ? {} : { sweep: next }),
  });
}

/** @throws PartitionStopped when a step that the checkpoint knows is not in the journal */
export function checkKnown(
  { partition }: Pick<PartitionOptions, 'partition'>,
  step: number,
  lastStep: number,
): void {
  if (step <= lastStep) return;
  throw new PartitionStopped(
    `the checkpoint of partition ${partition} knows step ${step}, the journal ends at ${lastStep}: the journal was cut. Restore it`,
    { reason: 'data' },
  );
}

async function write(ports: Ports, owner: OwnerToken, journal: Journal): Promise<JournalEntry> {
  const bytes = encodeJournal(journal);
  const commit = { journal, bytes, outputs: [], checkpoint: undefined };
  return { position: await ports.ledger.commit(owner, commit), record: journal, bytes };
}

export function checkIdentity(record: Journal, options: PartitionOptions): void {
  const { application, generation, partition, partitions } = options;
  const wanted = { application, generation, partition, partitions };
  for (const [name, is] of Object.entries(wanted)) {
    const was: unknown = Reflect.get(record, name);
    if (was !== is) {
      throw new PartitionStopped(
        `the journal is of ${name} ${String(was)}, not ${String(is)}: use the settings that it was begun with, or begin a new generation`,
        { reason: 'data' },
      );
    }
  }
}

/**
 * Reads the owner's record back: all before it has been read when it has. By its time the clocks of the
 * process and of the ledger are compared (design, rule 9).
 * @throws PartitionStopped when they are too far apart
 */
export async function checkSignature(
  { ledger, clock }: Ports,
  { partition, time }: PartitionOptions,
  { position, bytes }: JournalEntry,
  measures: Pick<Measures, 'skewMs'>,
): Promise<void> {
  const [own] = await ledger.read(position, 1);
  if (own === undefined || own.position !== position || sha256(own.bytes) !== sha256(bytes)) {
    throw new Error('the record of the owner cannot be read back: recovery begins again');
  }
  if (own.appendedAt === undefined || time === 'event') return;
  const skewMs = clock.now() - own.appendedAt;
  measures.skewMs = skewMs;
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX) return;
  throw new PartitionStopped(
    `the clock of this process is ${Math.round(skewMs / MS_PER_SECOND)} s away from that of the broker; partition ${partition} stops: set both right (NTP) and start again`,
    { reason: 'clock' },
  );
}
