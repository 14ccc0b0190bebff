import { runPartition } from '@tidemark/engine/runner';
import { brokenEngine } from './broken/engines';
import { runScript, type Failure } from './run';
import { simulate } from './runs.fixture';
import { scriptOf, type Script } from './script';
import { seedOfDay } from './seed';
import { shrink } from './shrink';
import type { Engine } from './world';

const SIZE = { events: 200, faults: 5 };

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await runScript(scriptOf(seed, SIZE), { runPartition }, (line) => lines.push(line));
  return lines;
}

async function firstFailure(engine: Engine): Promise<[Script, Failure]> {
  for (let seed = 1; seed <= 300; seed += 1) {
    const script = scriptOf(seed, SIZE);
    const outcome = await runScript(script, engine);
    if (!outcome.ok) return [script, outcome.failure];
  }
  throw new Error('none of 300 runs fails');
}

describe('a simulated run', () => {
  it('is the same to the last call whenever its seed is the same', async () => {
    const first = await traceOf(11);
    expect(first.length).toBeGreaterThan(200);
    expect(await traceOf(11)).toEqual(first);
    expect(await traceOf(12)).not.toEqual(first);
  });

  it('does what it is for: in a hundred runs every fault and every way to recover occurs', async () => {
    const counts: Record<string, number> = {};
    const faults = new Set<string>();
    for (let seed = 1; seed <= 100; seed += 1) {
      const script = scriptOf(seed, SIZE);
      for (const item of script.items) if (item.kind === 'fault') faults.add(item.fault.kind);
      const outcome = await runScript(script, { runPartition });
      if (!outcome.ok) throw new Error(`seed ${seed}: ${outcome.failure.detail}`);
      for (const [name, n] of Object.entries(outcome.counts))
        counts[name] = (counts[name] ?? 0) + n;
    }
    expect(faults.size).toBe(13);
    for (const name of [
      'owners fenced',
      'recoveries',
      'rebuilds',
      'states-lost',
      'replayed-steps',
      'owners beside another build',
      'checkpointed',
      'steps:version',
      'steps:sweep',
      'steps:tick',
      'steps:skip',
      'outcome:duplicate',
      'outcome:late',
      'refused:undecodable',
      'refused:conflicting-duplicate',
      'refused:future',
      'refused:void',
    ]) {
      expect([name, (counts[name] ?? 0) > 0]).toEqual([name, true]);
    }
  }, 120_000);

  it('that fails is shrunk to a few events and still fails by the same oracle', async () => {
    const engine = brokenEngine('no-fencing');
    const [script, failure] = await firstFailure(engine);
    const shrunk = await shrink(script, failure, engine, 300);
    expect(shrunk.script.items.length).toBeLessThan(20);
    const again = await runScript(shrunk.script, engine);
    expect(again).toMatchObject({ ok: false, failure: { what: failure.what } });
  }, 120_000);

  it('that fails is told with its seed and its trace by npm run simulate', async () => {
    const broken = simulate(300, 1, '--broken', 'no-fencing', '--events', '60');
    await expect(broken).rejects.toThrow(/\nseed \d+ fails [^]*\nshrunk from [^]*\nFAILS /);
  });

  it('has another first seed every day, and room for all runs of a day', () => {
    const day = seedOfDay(new Date('2026-01-31T23:59:59Z'));
    expect(day).toBe(2_026_013_100_000);
    expect(seedOfDay(new Date('2026-02-01T00:00:00Z'))).toBeGreaterThanOrEqual(day + 10_000);
  });
});
