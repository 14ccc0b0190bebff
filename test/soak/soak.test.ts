import { FRAME_BYTES } from '@tidemark/engine/adapters/registry/frame';
import { decode } from '@tidemark/schemas/avro';
import type { InputRecord } from '@tidemark/schemas/records';
import { KIND_OF_TOPIC } from '../integration/faults/forms';
import { POISON } from '../integration/faults/load';
import { growth, leastOf, median, MINUTE_MS, type Point } from './fit';
import { grownBetween, kindsIn, type Snapshot } from './heap';
import { drawsOf, scheduleOf } from './plan';
import { reportOf } from './report';
import type { SoakRun } from './soak';
import { boundsOf, calmMedians, excessOf, isGood, sentenceOf, trendOf } from './verdict';
import type { Sample } from './watch';
import { wavesOf, type Waves } from './waves';

const MINUTES = 30;
const SAMPLE_EVERY_MS = 15_000;

/** A worker that uses so much more with each ten minutes, with what a replay takes for a moment. */
function samplesOf({ growsMB = 0, losesHandles = 0 }): Sample[] {
  const samples: Sample[] = [];
  for (let atMs = 0; atMs <= (MINUTES + 1) * MINUTE_MS; atMs += SAMPLE_EVERY_MS) {
    const warm = Math.max(0, 20 - atMs / 10_000);
    const isBusy = samples.length % 4 === 1;
    const heapMB = 60 - warm + (growsMB * atMs) / (10 * MINUTE_MS) + (isBusy ? 15 : 0);
    const handles = 40 + Math.floor((losesHandles * atMs) / (10 * MINUTE_MS));
    samples.push({
      ...{
        atMs,
        heapMB,
        usedMB: heapMB + 8,
        codeMB: 3,
        outsideMB: 8,
        reservedMB: 70,
        rssMB: 2 * heapMB,
      },
      ...{ handles, descriptors: handles + 20, isSettled: true },
    });
  }
  return samples;
}

const calms = [10, 14, 18, 22, 26, 29].map((minute) => ({
  fromMs: minute * MINUTE_MS,
  toMs: (minute + 1) * MINUTE_MS,
}));

const GAP = { partition: 0, ms: 12_000, endedAt: 13_000 };

const runOf = (change: Partial<SoakRun> = {}): SoakRun => ({
  ...{ length: MINUTES, begun: 0, calms, stalls: 0, longestGap: GAP },
  strikes: [{ fault: 'a worker is killed', began: 1, ended: 2, gap: GAP }],
  samples: new Map([['worker-1', samplesOf({})]]),
  ...{ lost: [], sent: 1_000, customers: 100, lagZeroMs: 16_000, codes: [0, 0, 0] },
  minutes: [{ minute: 1, sent: 500, lag: 3, faults: 1 }],
  judgement: {
    ...{ findings: [], records: 1_010, steps: 50, owners: 9, gradeChanges: 120, customers: 100 },
  },
  ...{ whole: 6, partitions: 6, peopledAtMs: 6 * MINUTE_MS, grown: new Map() },
  ...change,
});

const broken = (change: Partial<SoakRun>): string[] =>
  boundsOf(runOf(change)).flatMap(({ name, holds }) => (holds === false ? [name] : []));

describe('the slope of a measure', () => {
  const line = (perMinute: number): Point[] =>
    Array.from({ length: 20 }, (_, i) => ({ atMs: i * MINUTE_MS, value: 50 + i * perMinute }));

  it('is that of a straight line, in the time asked for', () => {
    expect(growth(line(0.2), 10 * MINUTE_MS)).toBeCloseTo(2);
    expect(growth(line(-0.2), 10 * MINUTE_MS)).toBeCloseTo(-2);
  });

  it('does not follow a quarter of outliers at the end', () => {
    const points = line(0.05).map((point, i) => (i < 15 ? point : { ...point, value: 500 }));
    expect(growth(points, 10 * MINUTE_MS)).toBeLessThan(1.5);
  });

  it('does not exist for one point', () => {
    expect(growth(line(1).slice(0, 1), MINUTE_MS)).toBeNaN();
    expect(median([])).toBeNaN();
  });

  it('is that of the least values at rest, so that what is under way does not look like growth', () => {
    const points = [3, 9, 4, 8, 7].map((value, i) => ({ atMs: i * 10, value }));
    const spans = [
      { fromMs: 0, toMs: 10 },
      { fromMs: 20, toMs: 30 },
      { fromMs: 50, toMs: 60 },
    ];
    expect(leastOf(points, spans)).toEqual([
      { atMs: 0, value: 3 },
      { atMs: 20, value: 4 },
    ]);
  });

  it('is taken at calm moments, while a worker has its share of the partitions', () => {
    const samples = samplesOf({ growsMB: 2 }).map((sample, i) =>
      i % 3 === 0 ? { ...sample, isSettled: false, usedMB: 0 } : sample,
    );
    const { slope, values } = trendOf(samples, calms, ({ usedMB }) => usedMB);
    expect(slope).toBeCloseTo(2, 0);
    expect(values).toHaveLength(6);
  });
});

describe('the plan of a soak', () => {
  it('rests after warming up, every four minutes, and at the end', () => {
    expect(scheduleOf(30).calmsAtMs.map((at) => at / MINUTE_MS)).toEqual([10, 14, 18, 22, 26, 29]);
    expect(scheduleOf(120).calmsAtMs).toHaveLength(28);
    expect(scheduleOf(3)).toEqual({
      ...{ warmUpMs: MINUTE_MS, calmMs: 18_000, calmsAtMs: [MINUTE_MS, 162_000] },
    });
  });

  it('gives each fault its turn before one has another, in an order of the seed', () => {
    const first = (seed: number): string[] => {
      const draws = drawsOf(['a', 'b', 'c', 'd'], seed);
      return Array.from({ length: 8 }, () => draws.next().value.one);
    };
    expect(first(1).slice(0, 4).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(first(1).slice(4).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(first(1)).toEqual(first(1));
    expect(new Set([1, 2, 3, 4].map((seed) => first(seed).join())).size).toBeGreaterThan(1);
  });
});

describe('the load of a soak', () => {
  const topics = ['profile-changes', 'transactions', 'risk-events', 'link-facts', 'decisions'];
  const schemas = new Map(topics.map((topic) => [topic, 1]));

  const settings = { seed: 7, partitions: 6, schemas };
  const decoded = (topic: string, value: Buffer): InputRecord => {
    const kind = KIND_OF_TOPIC[topic] ?? 'transaction';
    return decode(kind, value.subarray(FRAME_BYTES)) as InputRecord;
  };

  /** What is sent from one wave to another, without what is no record. */
  function sentIn(waves: Waves, until: (sent: readonly InputRecord[]) => boolean): InputRecord[] {
    const sent: InputRecord[] = [];
    for (const { topic, value } of waves.records) {
      if (value === POISON) continue;
      sent.push(decoded(topic, value));
      if (until(sent)) waves.end();
    }
    return sent;
  }

  it('brings all customers in its first wave, and none after', () => {
    const waves = wavesOf(settings);
    let first = 0;
    let known = 0;
    sentIn(waves, (sent) => {
      if (first === 0 && waves.peopledAt() !== undefined) {
        first = sent.length;
        known = waves.customers();
      }
      return first > 0 && sent.length === first + 5_000;
    });
    expect(known).toBe(4_000);
    expect(waves.customers()).toBe(known);
    expect(first).toBeGreaterThan(15_000);
    expect(first).toBeLessThan(30_000);
    expect(waves.untrue.length).toBeGreaterThan(100);
  });

  it('goes on with new postings, later profiles and links, and repeats of all else', () => {
    const waves = wavesOf(settings);
    const sent = sentIn(waves, (so) => waves.peopledAt() !== undefined && so.length > 43_000);
    const ids = new Set<string>();
    const isNew = sent.map(({ type, customer, id }) => {
      const name = `${type} ${customer} ${id}`;
      return !ids.has(name) && ids.add(name) !== undefined;
    });
    const later = sent.map((record, i) => ({ record, isNew: isNew[i] })).slice(22_000);
    const share = (type: InputRecord['type']): number => {
      const own = later.filter(({ record }) => record.type === type);
      return own.filter(({ isNew: is }) => is).length / own.length;
    };
    for (const type of ['transaction', 'profile-change', 'link-fact'] as const) {
      expect(share(type)).toBeGreaterThan(0.98);
    }
    for (const type of ['risk-event', 'decision'] as const) expect(share(type)).toBe(0);
    const times = later.filter(({ isNew: is }) => is).map(({ record }) => record.occurredAt);
    expect(Math.min(...times)).toBeGreaterThan(
      Math.max(...sent.slice(0, 10_000).map((o) => o.occurredAt)),
    );
  });
});

describe('the verdict', () => {
  it('is good for a run in which nothing grows and nothing is found', () => {
    expect(broken({})).toEqual([]);
    expect(isGood(boundsOf(runOf()), MINUTES)).toBe(true);
  });

  it('sees memory that grows by more than its bound, and not by less', () => {
    const growing = (growsMB: number): string[] =>
      broken({ samples: new Map([['worker-2', samplesOf({ growsMB })]]) });
    expect(growing(1.2)).toEqual(['worker-2: memory in use grows by less than 1 MB in 10 min']);
    expect(growing(0.8)).toEqual([]);
  });

  it('sees handles that are lost, calm by calm', () => {
    const samples = samplesOf({ losesHandles: 10 });
    expect(calmMedians(samples, calms, ({ handles }) => handles)).toEqual([50, 54, 58, 62, 66, 69]);
    expect(broken({ samples: new Map([['worker-1', samples]]) })).toHaveLength(2);
  });

  it('cannot tell a slope from few calm moments, which a whole run has to', () => {
    const bounds = boundsOf(runOf({ calms: calms.slice(0, 3) }));
    expect(bounds[0]?.holds).toBeUndefined();
    expect(isGood(bounds, 29)).toBe(true);
    expect(isGood(bounds, 30)).toBe(false);
    expect(sentenceOf(bounds)).toBe('Of 12 bounds 0 do NOT hold; 1 cannot be told.');
  });

  it('cannot tell a leak while customers come', () => {
    for (const peopledAtMs of [undefined, 11 * MINUTE_MS]) {
      const bounds = boundsOf(runOf({ peopledAtMs }));
      expect(bounds.filter(({ holds }) => holds === undefined)).toHaveLength(1);
      expect(isGood(bounds, 30)).toBe(false);
    }
  });

  it('fails without a calm moment', () => {
    expect(boundsOf(runOf({ calms: [] }))[1]?.holds).toBe(false);
  });

  it('does not count the time in which a fault kept the brokers away, and all that comes after', () => {
    const outage = { fault: 'all brokers', began: 10_000, ended: 170_000 };
    const gap = { partition: 1, ms: 165_000, endedAt: 174_000 };
    expect(excessOf(gap, [outage])).toBe(4_000);
    expect(excessOf({ ...gap, endedAt: 400_000 }, [outage])).toBe(165_000);
    const slow = { ...gap, ms: 300_000, endedAt: 310_000 };
    expect(excessOf(slow, [outage])).toBe(140_000);
    expect(broken({ longestGap: slow, strikes: [{ ...outage, gap: slow }] })).toHaveLength(1);
    expect(broken({ longestGap: gap, strikes: [{ ...outage, gap }] })).toEqual([]);
  });

  it.each<readonly [string, Partial<SoakRun>]>([
    ['each fault', { strikes: [{ fault: 'f', began: 1, ended: 2, gap: GAP, failure: 'late' }] }],
    ['each fault', { strikes: [] }],
    ['no partition', { longestGap: { ...GAP, ms: 121_000, endedAt: 500_000 } }],
    ['no partition', { stalls: 1 }],
    ['workers that', { lost: ['worker-1'] }],
    ['lag', { lagZeroMs: undefined }],
    ['all workers', { codes: [0, 3, 0] }],
    ['the oracles', { judgement: { ...runOf().judgement, findings: ['states: one is missing'] } }],
    ['nothing that was sent', { sent: 1_011 }],
    ['nothing that was sent', { customers: 101 }],
    ['tidemark verify', { whole: 5 }],
  ])('sees what breaks "%s ..."', (bound, change) => {
    const names = broken(change);
    expect(names).toHaveLength(1);
    expect(names[0]).toContain(bound);
    expect(isGood(boundsOf(runOf(change)), 1)).toBe(false);
  });

  it('is told in the report, with what was found', () => {
    const about = { command: 'npm run soak', commit: 'abc', seed: 1, date: '2026-01-01' };
    const good = runOf();
    expect(reportOf(good, boundsOf(good), about)).toContain('All bounds hold.');
    const bad = runOf({ whole: 5 });
    const report = reportOf(bad, boundsOf(bad), about);
    expect(report).toContain('Of 12 bounds 1 do NOT hold.');
    expect(report).toContain('| tidemark verify finds every partition whole | 5 of 6 | **no** |');
  });
});

describe('two heaps', () => {
  /** Nodes of type, name, size: names by their place among the strings. */
  const heapOf = (nodes: readonly number[]): Snapshot => ({
    snapshot: {
      meta: {
        node_fields: ['type', 'name', 'id', 'self_size'],
        node_types: [['string', 'object'], 'string', 'number', 'number'],
      },
    },
    nodes,
    strings: ['institution:customer', 'Cursor', 'Map'],
  });
  const before = kindsIn(heapOf([1, 1, 1, 40, 1, 2, 3, 100, 0, 0, 5, 24]));

  it('are told apart by constructor, without a text that was in them', () => {
    expect([...before]).toEqual([
      ['(object) Cursor', { count: 1, bytes: 40 }],
      ['(object) Map', { count: 1, bytes: 100 }],
      ['(string)', { count: 1, bytes: 24 }],
    ]);
  });

  it('show what grew, in the report too', () => {
    const after = kindsIn(heapOf([1, 1, 1, 40, 1, 1, 7, 2_960, 1, 2, 3, 100, 0, 0, 9, 20]));
    const grown = grownBetween(before, after);
    expect(grown).toEqual([{ name: '(object) Cursor', count: 1, bytes: 2_960 }]);
    const about = { command: 'npm run soak', commit: 'abc', seed: 1, date: '2026-01-01' };
    const run = runOf({ grown: new Map([['worker-1', grown]]) });
    expect(reportOf(run, [], about)).toContain('| worker-1 | (object) Cursor | 1 | 3 |');
    expect(reportOf(runOf(), [], about)).not.toContain('## Heaps');
  });
});
