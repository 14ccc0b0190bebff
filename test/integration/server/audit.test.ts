import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePortfolio } from '@tidemark/cli/sample/portfolio';
import { openDataDirectory } from '@tidemark/processor/data-directory';
import { runEngine } from '@tidemark/processor/embedded';
import type { GradeChange } from '@tidemark/schemas/records';
import { readMethodology } from '@tidemark/cli/methodology-file';
import { partitionOf } from '@tidemark/engine/partitioner';
import { suiteFolder, tidemark, type Ran } from '../cli/tidemark';

jest.setTimeout(300_000);

const PARTITIONS = 2;
const records = [
  ...samplePortfolio({ seed: 3, customers: 40, days: 120, start: Date.UTC(2025, 0, 31, 16) }),
];
/** Somebody whose grade changed more than once on the way. */
let changes: GradeChange[] = [];

const folder = suiteFolder();
const data = join(folder, 'data');

beforeAll(async () => {
  const { document, framework } = readMethodology('cn-aml-bank');
  const engine = await runEngine({
    store: await openDataDirectory(data, PARTITIONS, () => undefined),
    methodology: { document, ...(framework === undefined ? {} : { framework }) },
    time: 'event',
    clockLeapMsMax: Infinity,
    cacheKeys: 10,
    backlogMax: 1e9,
    clock: Date.now,
    report: () => undefined,
  });
  await engine.settled();
  for (let at = 0; at < records.length; at += 100) {
    const batch = records.slice(at, at + 100).map((record) => Buffer.from(JSON.stringify(record)));
    expect(await engine.append(batch, 'test')).toMatchObject({ ok: true });
  }
  await engine.append([Buffer.from('{"type":"transaction"}')], 'test');
  await engine.settled();
  const all: GradeChange[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const limit = { records: 1e6, bytes: 1e9 };
    const { records: found } = await engine.outputs(partition).read('grade-changes', 0, limit);
    for (const { value } of found)
      all.push(JSON.parse(Buffer.from(value).toString()) as GradeChange);
  }
  await engine.stop();
  const moved = all.find(
    (change) =>
      change.sequence === 2 &&
      all.some(
        (other) =>
          other.customer === change.customer &&
          other.sequence === 1 &&
          other.occurredAt < change.occurredAt,
      ),
  );
  changes = all.filter(({ customer }) => customer === moved?.customer);
});

async function runTidemark(args: readonly string[]): Promise<Ran> {
  const child = tidemark(args);
  const { code } = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

/** The log files of a partition that hold anything. */
const logsOf = (partition: number, log: string): string[] =>
  readdirSync(join(data, `partition-${partition}`, log), { recursive: true })
    .map((name) => join(data, `partition-${partition}`, log, String(name)))
    .filter((file) => file.endsWith('.log') && statSync(file).size > 1000);

describe('tidemark verify', () => {
  it('finds whole what nobody has touched', async () => {
    const { code, out } = await runTidemark(['verify', '--data', data, '--quiet']);
    expect(out).toMatch(/partition 0: .*: whole\npartition 1: .*: whole\n/);
    expect(out).toContain(`everything published follows from the recorded events`);
    expect(code).toBe(0);
  });

  it.each([
    ['an event', 'topics/events', /partition 1: .* fault[\s\S]*events[^\n]*\d+/],
    ['a step', 'steps', /partition 1: .* fault[\s\S]*journal of partition 1/],
  ])('names what was altered when one byte of %s is another', async (_what, log, said) => {
    const [file = ''] = logsOf(1, log);
    const bytes = readFileSync(file);
    const altered = Buffer.from(bytes);
    const at = Math.floor(bytes.length / 2);
    altered[at] = (altered[at] ?? 0) ^ 1;
    writeFileSync(file, altered);
    try {
      const { code, out } = await runTidemark(['verify', '--data', data, '--quiet']);
      expect(out).toMatch(/partition 0: .*: whole/);
      expect(out).toMatch(said);
      expect(code).toBe(1);
    } finally {
      writeFileSync(file, bytes);
    }
  });
});

describe('tidemark replay', () => {
  it('tells which grade held at a time and which records had arrived, and nothing of later', async () => {
    const [first, second] = changes;
    expect(second?.sequence).toBe(2);
    const name = `${first?.institution}:${first?.customer}`;
    const before = (second?.occurredAt ?? 0) - 1;
    const args = ['replay', '--data', data, '--customer', name, '--json', '--quiet'];
    const at = await runTidemark([...args, '--as-of', new Date(before).toISOString()]);
    expect(at.code).toBe(0);
    const known: { gradeChanges: GradeChange[]; records: { record: { occurredAt: number } }[] } =
      JSON.parse(at.out);
    expect(known.gradeChanges).toEqual([first]);
    const dates = known.records.map(({ record }) => record.occurredAt);
    expect(dates.length).toBeGreaterThan(0);
    expect(Math.max(...dates)).toBeLessThanOrEqual(before);
    const now = await runTidemark(args);
    const later: typeof known = JSON.parse(now.out);
    expect(later.gradeChanges).toEqual(changes);
    const mine = records.filter(({ customer }) => customer === first?.customer);
    expect(later.records).toHaveLength(mine.length);
    expect(partitionOf(name, PARTITIONS)).toBeLessThan(PARTITIONS);
  });

  it('says what to do about a customer that nobody knows', async () => {
    const { code, err } = await runTidemark(['replay', '--data', data, '--customer', 'b:nobody']);
    expect(err).toContain('nothing was known of b:nobody then');
    expect(code).toBe(2);
  });
});
