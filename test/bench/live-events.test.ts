import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLine } from '@tidemark/schemas/json-lines';
import { batchesOf, prepareLive } from './live-events';
import { slope } from './measure';

describe('the events of the last hour', () => {
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-live-'));
    file = join(folder, 'live.jsonl');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('are valid, in order, past, and no two of them are the same', () => {
    const EVENTS = 6_000;
    prepareLive({ source: { sampleCustomers: 10 }, customers: 5, file, events: EVENTS });
    const records = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const parsed = parseLine(line);
        if (!parsed.ok) throw new Error(`${line}: ${JSON.stringify(parsed.faults)}`);
        return parsed.record;
      });
    expect(records).toHaveLength(EVENTS);
    expect(new Set(records.map(({ customer }) => customer)).size).toBe(5);
    expect(new Set(records.map(({ customer, id }) => `${customer} ${id}`)).size).toBe(EVENTS);
    const times = records.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(Date.now() - 3_700_000);
    expect(times.at(-1)).toBeLessThan(Date.now());
  });

  it('are read back line by line, however the lines lie across the parts that are read', () => {
    const lines = Array.from({ length: 9_000 }, (_, i) => `${i}:${'x'.repeat(i % 500)}`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const read = [...batchesOf(file, 700)];
    expect(read.map(({ length }) => length)).toEqual([...Array<number>(12).fill(700), 600]);
    expect(read.flat().map(String)).toEqual(lines);
    expect([...batchesOf(file, 700, 1_000)].flat().map(String)).toEqual(lines.slice(0, 1_000));
  });
});

describe('the slope of a trend', () => {
  it('is exact on a line, and nothing where x does not vary', () => {
    const line = [1, 2, 5, 9].map((x) => [x, 3 * x - 7] as const);
    expect(slope(line)).toBeCloseTo(3, 12);
    expect(slope([[1, 5] as const, [1, 9] as const])).toBe(0);
  });
});
