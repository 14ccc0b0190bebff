import { runScript } from '../run';
import { scriptOf } from '../script';
import type { Engine } from '../world';
import { BROKEN, brokenEngine } from './engines';
import { brokenRunner } from './source';

const RUNS_MAX = 300;
const SIZE = { events: 200, faults: 5 };

/** The first seed at which an engine fails. */
async function firstFailure(engine: Engine): Promise<number | undefined> {
  for (let seed = 1; seed <= RUNS_MAX; seed += 1) {
    const outcome = await runScript(scriptOf(seed, SIZE), engine);
    if (!outcome.ok) return seed;
  }
  return undefined;
}

describe('an engine that was broken on purpose is found out', () => {
  it.each(BROKEN.map(({ name }) => name))(
    `within ${RUNS_MAX} runs: %s`,
    async (name) => {
      expect(await firstFailure(brokenEngine(name))).toBeLessThanOrEqual(RUNS_MAX);
    },
    300_000,
  );

  it('and by its fault alone: compiled the same way without a patch, it runs well', async () => {
    const engine: Engine = { runPartition: brokenRunner([]) };
    for (let seed = 1; seed <= 20; seed += 1) {
      const outcome = await runScript(scriptOf(seed, SIZE), engine);
      expect([seed, outcome.ok ? '' : outcome.failure.detail]).toEqual([seed, '']);
    }
  }, 60_000);

  it('unless its patch does not fit any more, which is said', () => {
    const patch = { file: 'replay.ts', find: 'no such line', put: '' };
    expect(() => brokenRunner([patch])).toThrow('fits 0 places of replay.ts');
    expect(() => brokenRunner([{ ...patch, file: 'nowhere.ts' }])).toThrow('does not load');
  });
});
