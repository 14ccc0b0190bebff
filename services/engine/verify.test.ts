import { replayAsOf } from './as-of';
import { memoryCluster, type MemoryCluster } from './adapters/memory/cluster';
import { appendTo } from './adapters/memory/topic-data';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  encodeSize,
  type Published,
} from './counting.fixture';
import { Altered } from './errors';
import { DEFAULTS } from './options';
import type { TopicLog } from './ports';
import { runPartition } from './runner';
import { verify, type Evidence, type Verification } from './verify';

const machine = countingMachine();

/** A partition with a past of some hundred steps: records, ticks, a sweep, another owner, a refusal. */
async function past(): Promise<MemoryCluster> {
  const cluster = memoryCluster({ partitions: 1, inputTopics: ['adds'], globalTopics: ['sizes'] });
  const { ports, writer } = cluster.partition(0);
  await cluster.globals().append('sizes', [encodeSize(7), encodeSize(5, 2_000)]);
  let now = 1_000;
  const options = {
    ...DEFAULTS,
    ...{ application: 'counting', partition: 0, partitions: 1, owner: 'test', idleMs: 2 },
    ...{ inputTopics: ['adds'], globalTopics: ['sizes'] },
    step: { ...DEFAULTS.step, ageMs: 0, records: 3 },
  };
  for (let round = 0; round < 2; round += 1) {
    const { states: _none, ...stores } = ports;
    const handle = runPartition(machine, { ...stores, clock: { now: () => now } }, options);
    for (let i = 0; i < 30; i += 1) {
      const adds = [0, 1, 2, 3].map((n) =>
        encodeAdd({ key: `k${(i + n) % 11}`, n: n + 1, at: now, sleep: 37 }),
      );
      await writer.append('adds', i === 11 ? [...adds, Buffer.from('no json')] : adds);
      now += 40;
      await handle.view('k0', () => undefined);
    }
    const { next } = await ports.inputs.bounds('adds');
    while ((handle.status().positions['adds'] ?? 0) < next || handle.status().sweeping) {
      await handle.view('k0', () => undefined);
    }
    await handle.stop();
  }
  return cluster;
}

const evidenceOf = (cluster: MemoryCluster): Evidence => {
  const { ports, outputs } = cluster.partition(0);
  return { inputs: ports.inputs, ledger: ports.ledger, outputs };
};

const verified = (evidence: Evidence): Promise<Verification> =>
  verify(machine, evidence, {
    partition: 0,
    cacheKeys: 5,
    progress: () => undefined,
    faultsMax: 100,
  });

/** By a build that tells of everything in other words. */
const verifiedBy = (build: string, evidence: Evidence): Promise<Verification> => {
  const describe = (output: Published) => ({ ...machine.describe(output), named: 'otherwise' });
  return verify({ ...countingMachine(build), describe }, evidence, {
    ...{ partition: 0, cacheKeys: 5, progress: () => undefined, faultsMax: 1 },
  });
};

/** The same log with one byte of one record turned. */
const turned = (log: TopicLog, topic: string, offset: number, byte: number): TopicLog => ({
  ...log,
  read: async (of, from, limit) => {
    const slice = await log.read(of, from, limit);
    if (of !== topic) return slice;
    const records = slice.records.map((record) => {
      if (record.offset !== offset) return record;
      const value = Buffer.from(record.value);
      value[byte] = (value[byte] ?? 0) ^ 1;
      return { offset, value };
    });
    return { ...slice, records };
  },
});

/** One that takes nothing more of a key that has counted to 14. */
const sated = (build: string, weight = 1): typeof machine => ({
  ...countingMachine(build),
  decide: (previous, work, context) => {
    if (work.kind === 'record' && (previous?.count ?? 0) < 14) {
      const input = { ...work.input, n: weight * work.input.n };
      return machine.decide(previous, { ...work, input }, context);
    }
    const refusals =
      work.kind === 'record'
        ? [{ code: 'sated', field: null, reason: 'enough', input: work.input }]
        : [];
    return { state: previous, outputs: [], refusals, dueAt: Infinity, outcome: work.kind };
  },
});

/** Of one key, whose records come one by one: so many are decided by each build, on the states of the one before. */
async function turns(
  ...builds: readonly (readonly [typeof machine, readonly number[]])[]
): Promise<MemoryCluster> {
  const cluster = await countingCluster(encodeSize(6));
  const { ports, writer } = cluster.partition(0);
  const clock = { now: () => 1_000 };
  for (const [build, records] of builds) {
    const handle = runPartition(build, { ...ports, clock }, COUNTING_OPTIONS);
    for (const n of records) {
      await writer.append('adds', [encodeAdd({ key: 'a', n, at: 1_000 })]);
      const { next } = await ports.inputs.bounds('adds');
      while ((handle.status().positions['adds'] ?? 0) < next || handle.status().sweeping) {
        await handle.view('a', () => undefined);
      }
    }
    await handle.stop();
  }
  return cluster;
}

describe('verify after an upgrade and the way back', () => {
  const older = sated('counting-1');
  const verifiedBy = (by: typeof machine, cluster: MemoryCluster): Promise<Verification> =>
    verify(by, evidenceOf(cluster), {
      ...{ partition: 0, cacheKeys: 5, progress: () => undefined, faultsMax: 9 },
    });

  it.each([
    ['a level that follows', [8], 1],
    ['a level that follows, then a refusal that does not', [8, 1], 2],
    ['a level and a refusal that do not', [6, 2, 1], 3],
  ])(
    'finds whole what the older build decided on what the newer one had left: %s',
    async (_is, adds, of) => {
      // the newer one counts twice
      const newer = sated('counting-2', 2);
      const cluster = await turns([older, [3]], [newer, [2]], [older, adds]);
      const { faults, otherwise } = await verifiedBy(older, cluster);
      expect(faults).toEqual([]);
      expect(otherwise).toBe(of);
      expect((await verifiedBy(newer, cluster)).faults).toEqual([]);
    },
  );

  it('finds a fault where nobody but that build has decided', async () => {
    const cluster = await turns([older, [3]], [older, [8, 1]]);
    const { faults } = await verifiedBy(sated('counting-1', 2), cluster);
    expect(faults[0]).toContain('key a: ');
  });
});

describe('verify', () => {
  it('finds a past whole that nobody has touched', async () => {
    const found = await verified(evidenceOf(await past()));
    expect(found.faults).toEqual([]);
    expect(found.records).toBe(30 * 4 * 2 + 2 + 2);
    expect(found.steps).toBeGreaterThan(100);
    expect(found.outputs).toBeGreaterThan(100);
  });

  it('names the records of which one was altered', async () => {
    const evidence = evidenceOf(await past());
    const inputs = turned(evidence.inputs, 'adds', 50, 10);
    const { faults } = await verified({ ...evidence, inputs });
    expect(faults).toHaveLength(1);
    const [, from, to] =
      /^input altered: adds from (\d+) to (\d+), taken/.exec(faults[0] ?? '') ?? [];
    expect(Number(from)).toBeLessThanOrEqual(50);
    expect(Number(to)).toBeGreaterThanOrEqual(50);
  });

  it('names the output that was altered', async () => {
    const evidence = evidenceOf(await past());
    const outputs = turned(evidence.outputs, 'levels', 20, 30);
    const { faults } = await verified({ ...evidence, outputs });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('levels@20 is not what follows from the records');
  });

  it('names what was published and no step names', async () => {
    const cluster = await past();
    const levels = cluster.data[0]?.ledger.outputs.get('levels');
    if (levels === undefined) throw new Error('nothing was published');
    const offset = levels.next;
    appendTo(levels, [Buffer.from('more')]);
    const { faults } = await verified(evidenceOf(cluster));
    expect(faults).toEqual([`levels@${offset}: the journal does not name it`]);
  });

  it('names what was altered before any step took it', async () => {
    const cluster = await past();
    const { next } = await cluster.partition(0).ports.inputs.bounds('adds');
    await cluster.partition(0).writer.append('adds', [encodeAdd({ key: 'a', n: 1, at: 1 })]);
    const evidence = evidenceOf(cluster);
    expect((await verified(evidence)).faults).toEqual([]);
    const inputs: TopicLog = {
      ...evidence.inputs,
      read: (topic, from, limit) => {
        if (topic === 'adds' && from === next) throw new Altered(`adds: record ${next} is other`);
        return evidence.inputs.read(topic, from, limit);
      },
    };
    expect((await verified({ ...evidence, inputs })).faults).toEqual([
      `adds: record ${next} is other`,
    ]);
  });

  it('counts what another build decided otherwise, and finds its past whole', async () => {
    const evidence = evidenceOf(await past());
    const { faults, otherwise, outputs } = await verifiedBy('counting-2', evidence);
    expect(faults).toEqual([]);
    expect(otherwise).toBeGreaterThan(0);
    expect(otherwise).toBeLessThanOrEqual(outputs);
  });

  it('finds faults in what the same build publishes otherwise', async () => {
    const { faults, otherwise } = await verifiedBy(machine.build, evidenceOf(await past()));
    expect(faults[0]).toMatch(/^step \d+, key k\d+: .* with other content$/);
    expect(otherwise).toBe(0);
  });

  it('names the step whose journal record was altered', async () => {
    const evidence = evidenceOf(await past());
    const ledger: Evidence['ledger'] = {
      read: async (from, limit) =>
        (await evidence.ledger.read(from, limit)).map((entry) => {
          if (entry.record.step !== 12) return entry;
          const bytes = Buffer.from(entry.bytes);
          bytes[40] = (bytes[40] ?? 0) ^ 1;
          return { ...entry, bytes };
        }),
    };
    const { faults } = await verified({ ...evidence, ledger });
    expect(faults).toEqual(['the journal was altered: step 13 follows another step 12']);
  });
});

describe('a replay as of a time', () => {
  it('tells what was known then, and what had been published, and nothing of later', async () => {
    const cluster = await past();
    const evidence = evidenceOf(cluster);
    const wanted = { partition: 0, key: 'k3', asOf: 1_700 };
    const found = await replayAsOf(machine, evidence, wanted);
    expect(found.isReached).toBe(true);
    expect(found.trail.length).toBeGreaterThan(3);
    expect(Math.max(...found.trail.map(({ asOf }) => asOf))).toBeLessThanOrEqual(1_700);
    const counted = found.trail.reduce((sum, { input }) => sum + (input?.n ?? 0), 0);
    expect(found.state?.count).toBe(counted);
    const published = found.trail.flatMap(({ outputs }) => outputs);
    expect(published.map(({ sequence }) => sequence)).toEqual(published.map((_, i) => i + 1));
    const later = await replayAsOf(machine, evidence, { ...wanted, asOf: 10_000 });
    expect(later.isReached).toBe(false);
    expect(later.trail.length).toBeGreaterThan(found.trail.length);
  });

  it('does not know what the step under way publishes after that time', async () => {
    const evidence = evidenceOf(await past());
    const wanted = { partition: 0, key: 'k3' };
    const whole = await replayAsOf(machine, evidence, { ...wanted, asOf: Infinity });
    const times = whole.trail.flatMap(({ asOf, outputs }) => outputs.map(() => asOf));
    expect(times.length).toBeGreaterThan(5);
    for (const time of times) {
      const before = await replayAsOf(machine, evidence, { ...wanted, asOf: time - 1 });
      expect(before.state?.sequence ?? 0).toBe(times.filter((other) => other < time).length);
    }
    // the second version came into force at 2000
    const eve = await replayAsOf(machine, evidence, { ...wanted, asOf: 1_999 });
    expect(eve.context.version).toBe('7');
  });
});
