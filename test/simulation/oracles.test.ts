import { decode, encode } from '@tidemark/schemas/avro';
import type { Journal } from '@tidemark/schemas/records';
import type { PartitionData } from '@tidemark/engine/adapters/memory/cluster';
import { runPartition } from '@tidemark/engine/runner';
import type { Fold } from './fold';
import { OracleFault } from './oracle-fault';
import {
  checkAtRest,
  checkCheckpoint,
  checkConvergence,
  checkPublished,
  checkStates,
} from './oracles';
import { randomOf } from './random';
import { runScript } from './run';
import { scriptOf } from './script';

/** A run of one partition with a state store, in wall time: what it leaves is damaged below. */
function scriptOfOne(): ReturnType<typeof scriptOf> {
  for (let seed = 1; ; seed += 1) {
    const script = scriptOf(seed, { events: 100, faults: 0 });
    const { partitions, stateStore, options } = script.setup;
    if (partitions === 1 && stateStore && options.time === 'wall') return script;
  }
}

async function leftovers(): Promise<PartitionData> {
  const outcome = await runScript(scriptOfOne(), { runPartition });
  const [data] = outcome.ok ? outcome.data : [];
  if (data === undefined) throw new Error('the run itself has failed');
  return data;
}

function judge(data: PartitionData): Fold {
  const fold = checkPublished(data);
  checkAtRest(data, fold, 'wall');
  checkStates(data, fold, false);
  checkCheckpoint(data, fold);
  checkConvergence(data, fold, 'wall', randomOf(1));
  return fold;
}

/** Which oracle finds a damage. */
async function foundBy(damage: (data: PartitionData) => void): Promise<string> {
  const data = await leftovers();
  damage(data);
  try {
    judge(data);
  } catch (error) {
    if (error instanceof OracleFault) return error.what;
    throw error;
  }
  return 'nobody';
}

/** Writes the journal anew with one record changed, and every hash as it then must be. */
function alter({ ledger }: PartitionData, change: (record: Journal) => Journal | undefined): void {
  let isDone = false;
  for (const entry of ledger.journal) {
    const record = decode('journal', Buffer.from(entry.bytes));
    const changed = isDone ? undefined : change(record);
    if (changed === undefined) continue;
    isDone = true;
    Object.assign(entry, { bytes: encode('journal', changed) });
  }
  if (!isDone) throw new Error('no record could be changed');
}

const some = <T>(items: Iterable<T>, fits: (item: T) => boolean = () => true): T => {
  for (const item of items) if (fits(item)) return item;
  throw new Error('there is none');
};

describe('the oracles', () => {
  it('have nothing to say of a run without faults', async () => {
    expect(await foundBy(() => undefined)).toBe('nobody');
  });

  const damages: [string, string, (data: PartitionData) => void][] = [
    ['an output that is missing', 'outputs', ({ ledger }) => ledger.published.splice(5, 1)],
    [
      'an output that is there twice',
      'outputs',
      ({ ledger }) => ledger.published.push(some(ledger.published)),
    ],
    [
      'an output with other content',
      'outputs',
      ({ ledger }) => {
        const output = some(ledger.published, ({ topic }) => topic === 'grades');
        output.value[20] = 0x2d;
      },
    ],
    ['a journal without its end', 'outputs', ({ ledger }) => ledger.journal.splice(-30)],
    ['a journal with a hole', 'journal', ({ ledger }) => ledger.journal.splice(10, 1)],
    [
      'a journal record that was changed',
      'journal',
      (data) =>
        alter(data, (record) =>
          record.step === 9 ? { ...record, clock: record.clock + 1 } : undefined,
        ),
    ],
    [
      'a slice that leaves out a record',
      'slices',
      (data) =>
        alter(data, (record) => {
          const [slice, ...others] = record.slices;
          if (slice === undefined || record.kind !== 'records') return undefined;
          return { ...record, slices: [{ ...slice, from: slice.from + 1 }, ...others] };
        }),
    ],
    [
      'an input record that was changed',
      'slices',
      ({ topics }) => topics.get('moves')?.records[3]?.value.fill(0x20),
    ],
    [
      'an input record that nobody has taken',
      'missing',
      ({ topics }) => {
        const topic = topics.get('marks');
        if (topic !== undefined) topic.next += 1;
      },
    ],
    [
      'a state that is missing in the store',
      'states',
      ({ states }) =>
        states.blobs.delete(some(states.blobs.values(), (it) => it.bytes !== undefined).key),
    ],
    [
      'a state of another step',
      'states',
      ({ states }) => Object.assign(some(states.blobs.values()), { step: 1 }),
    ],
    [
      'a due instant that is wrong',
      'due',
      ({ states }) =>
        Object.assign(
          some(states.due.values(), (it) => !it.removed),
          { dueAt: 1 },
        ),
    ],
    [
      'a store that is behind',
      'states',
      ({ states }) => {
        states.watermark = (states.watermark ?? 0) - 1;
      },
    ],
    [
      'a checkpoint that claims too much',
      'checkpoint',
      ({ ledger }) => {
        const gone = some(ledger.checkpoint.blobs.values(), (it) => it.bytes !== undefined).key;
        ledger.checkpoint.blobs.delete(gone);
      },
    ],
    [
      'a checkpoint with another state',
      'checkpoint',
      ({ ledger }) => {
        const { blobs } = ledger.checkpoint;
        const [a, b] = [...blobs.values()].filter((it) => it.bytes !== undefined);
        if (a === undefined || b === undefined) throw new Error('there are not two');
        blobs.set(a.key, { ...a, bytes: b.bytes });
      },
    ],
  ];

  it.each(damages)('find %s (%s)', async (_name, what, damage) => {
    expect(await foundBy(damage)).toBe(what);
  });

  it('find a machine whose result depends on the order', async () => {
    const data = await leftovers();
    const fold = checkPublished(data);
    const { state } = some(fold.keys.values(), ({ state: it }) => (it?.calculated ?? 0) > 0);
    if (state !== undefined) state.calculated += 1;
    expect(() => checkConvergence(data, fold, 'wall', randomOf(1))).toThrow('grade of');
  });
});
