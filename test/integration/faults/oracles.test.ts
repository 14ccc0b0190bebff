import { memoryCluster } from '@tidemark/engine/adapters/memory/cluster';
import { DEFAULTS } from '@tidemark/engine/options';
import { runPartition } from '@tidemark/engine/runner';
import { samplePortfolio } from '@tidemark/cli/sample/portfolio';
import { customerMachine } from '@tidemark/rating/customer-machine';
import { shippedDocument, shippedFramework } from '../../support/methodologies';
import { until } from '../cluster/processes';
import type { Kept, PartitionEvidence } from './evidence';
import { JSON_FORM, TOPIC_OF_INPUT } from './forms';
import { judge } from './oracles';

jest.setTimeout(60_000);

const GLOBALS = ['methodologies', 'reference-lists'];
const INPUTS = Object.values(TOPIC_OF_INPUT);
const CUSTOMERS = 30;
const START = Date.UTC(2025, 0, 31, 16);
const DAYS = 60;

/** What the engine leaves of a portfolio, in memory and without faults. */
async function leftByTheEngine(): Promise<PartitionEvidence> {
  const cluster = memoryCluster({ partitions: 1, inputTopics: INPUTS, globalTopics: GLOBALS });
  const { ports, writer } = cluster.partition(0);
  const document = shippedDocument('cn-aml-bank');
  await cluster.globals().append('methodologies', [
    json({
      ...{ id: document.id, version: document.version, activateAt: 0 },
      document: JSON.stringify(document),
      framework: document.framework === undefined ? null : frameworkOf(document.framework),
    }),
  ]);
  const now = START + (DAYS + 30) * 86_400_000;
  const records = [...samplePortfolio({ seed: 7, customers: CUSTOMERS, days: DAYS, start: START })];
  const clock = { now: () => now, pause: () => new Promise<void>((r) => setImmediate(r)) };
  const run = runPartition(
    customerMachine,
    { ...ports, clock },
    {
      ...DEFAULTS,
      ...{ application: 'test', partition: 0, partitions: 1, owner: 'test' },
      ...{ inputTopics: INPUTS, globalTopics: GLOBALS, time: 'wall', idleMs: 5 },
      step: { ...DEFAULTS.step, records: 50, ageMs: 0 },
    },
  );
  for (const record of records) await writer.append(TOPIC_OF_INPUT[record.type], [json(record)]);
  await writer.append('transactions', [Buffer.from('no record')]);
  const data = cluster.data[0];
  if (data === undefined) throw new Error('there is no partition');
  await until('all is decided', () => {
    const { positions, step } = run.status();
    const isRead = INPUTS.every((topic) => positions[topic] === data.topics.get(topic)?.next);
    return isRead && data.states.watermark === step;
  });
  await run.stop();
  const { ledger, topics, states } = data;
  const kept = (from: readonly { readonly offset: number; readonly value: Uint8Array }[]): Kept[] =>
    from.map(({ offset, value }) => ({ offset, key: '', value: Buffer.from(value) }));
  const outputs = new Map<string, Kept[]>();
  for (const { topic, key, value } of ledger.published) {
    const before = outputs.get(topic) ?? [];
    outputs.set(topic, [...before, { offset: before.length, key, value: Buffer.from(value) }]);
  }
  return {
    partition: 0,
    journal: kept(ledger.journal.map(({ offset, bytes }) => ({ offset, value: bytes }))),
    inputs: new Map([...topics].map(([topic, log]) => [topic, kept(log.records)])),
    outputs,
    states: {
      watermark: states.watermark,
      blobs: new Map(
        [...states.due.keys()].map((key) => {
          const blob = states.blobs.get(key);
          return [key, { step: blob?.step ?? -1, bytes: blob?.bytes }];
        }),
      ),
      due: states.due,
    },
  };
}

const frameworkOf = (name: string): string => JSON.stringify(shippedFramework(name));

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('the oracles of the fault suite', () => {
  let evidence: PartitionEvidence;
  beforeAll(async () => {
    evidence = await leftByTheEngine();
  });

  const judged = (change: Partial<PartitionEvidence>): readonly string[] =>
    judge({ ...evidence, ...change }, JSON_FORM).findings;

  const withOutputs = (topic: string, change: (records: Kept[]) => Kept[]): readonly string[] =>
    judged({
      outputs: new Map(evidence.outputs).set(
        topic,
        change([...(evidence.outputs.get(topic) ?? [])]),
      ),
    });

  it('have nothing to say of a run without faults', () => {
    const { findings, ...counted } = judge(evidence, JSON_FORM);
    expect(findings).toEqual([]);
    expect(counted.customers).toBe(CUSTOMERS);
    expect(counted.gradeChanges).toBeGreaterThan(CUSTOMERS);
    expect(counted.records).toBeGreaterThan(300);
    expect(counted.refused.get('transactions')).toHaveLength(1);
  });

  it('find an output that is missing', () => {
    const findings = withOutputs('grade-changes', (records) => {
      const keys = records.map(({ key }) => key);
      const first = keys.findIndex((key, at) => keys.indexOf(key, at + 1) > at);
      return records.toSpliced(first, 1);
    });
    expect(findings.join('\n')).toContain('outputs: partition 0, records of grade-changes');
    expect(findings.join('\n')).toContain('sequence');
  });

  it('find an output that was published twice', () => {
    const findings = withOutputs('ratings', (records) => [...records, ...records.slice(-1)]);
    expect(findings.join('\n')).toContain('outputs: partition 0, records of ratings');
  });

  it('find two outputs in the wrong order', () => {
    const findings = withOutputs('grade-changes', ([a, b, ...rest]) =>
      [b, a, ...rest].filter((record) => record !== undefined),
    );
    expect(findings.join('\n')).toContain('2 records of grade-changes are not what follows');
  });

  it('find a grade change that was altered', () => {
    const findings = withOutputs('grade-changes', ([first, ...rest]) => {
      const content = JSON.parse(first?.value.toString() ?? '') as Record<string, unknown>;
      const value = json({ ...content, grade: 5, score: '99.0' });
      return [{ offset: 0, key: first?.key ?? '', value }, ...rest];
    });
    expect(findings.join('\n')).toMatch(/sequence: .* hash/);
  });

  it('find a record of an input that was left out, one that was added, one that was changed', () => {
    const transactions = evidence.inputs.get('transactions') ?? [];
    const withInput = (records: readonly Kept[]): string =>
      judged({ inputs: new Map(evidence.inputs).set('transactions', records) }).join('\n');
    const last = transactions.at(-1);
    if (last === undefined) throw new Error('there are no transactions');
    expect(withInput([...transactions, { ...last, offset: last.offset + 1 }])).toContain(
      `transactions is read up to ${last.offset + 1} of ${last.offset + 1}`,
    );
    expect(withInput(transactions.slice(1))).toContain('number of records of transactions');
    const [first, ...rest] = transactions;
    expect(withInput([{ ...last, offset: first?.offset ?? 0 }, ...rest])).toContain(
      'hash of transactions',
    );
  });

  it('find a step that is missing from the journal', () => {
    const findings = judged({ journal: evidence.journal.toSpliced(3, 1) });
    expect(findings.join('\n')).toContain('hash of the one before');
  });

  it('find a state that is missing, of another step, or another one, and a watermark that is behind', () => {
    const { blobs, watermark, due } = evidence.states;
    const [one, two] = [...blobs];
    if (one === undefined || two === undefined) throw new Error('there are no states');
    const withBlob = (key: string, blob: (typeof one)[1]): string =>
      judged({ states: { watermark, due, blobs: new Map(blobs).set(key, blob) } }).join('\n');
    expect(withBlob(one[0], { ...one[1], bytes: undefined })).toContain('1 states are missing');
    expect(withBlob(one[0], { ...one[1], step: 1 })).toContain('1 states are of another step');
    expect(withBlob(one[0], { step: one[1].step, bytes: two[1].bytes })).toContain(
      '1 states have other contents',
    );
    expect(judged({ states: { watermark: 1, due, blobs } }).join('\n')).toContain('watermark');
  });

  it('find the state of a key that no record has, and what is wrong with the due index', () => {
    const { states } = evidence;
    const [first] = states.blobs;
    const entry = states.due.get(first?.[0] ?? '');
    if (first === undefined || entry === undefined) throw new Error('there are no states');
    const [key, blob] = first;
    const withStates = (change: Partial<PartitionEvidence['states']>): string =>
      judged({ states: { ...states, ...change } }).join('\n');
    const withDue = (of: string, due: typeof entry): string =>
      withStates({ due: new Map(states.due).set(of, due) });
    const ghost = withStates({ blobs: new Map(states.blobs).set('bank:nobody', blob) });
    expect(ghost).toContain('1 states were never decided');
    expect(ghost).toContain('1 keys are not in the due index');
    expect(withDue('bank:nobody', entry)).toContain('1 keys of the due index are not what is left');
    expect(withDue(key, { ...entry, removed: true })).toContain('are not what is left');
    expect(withDue(key, { ...entry, dueAt: 1 })).toContain('1 states are due at another instant');
    const without = new Map([...states.due].filter(([of]) => of !== key));
    expect(withStates({ due: without })).toContain('1 keys are not in the due index');
  });
});
