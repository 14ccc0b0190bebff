import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import {
  allDue,
  blob,
  commitOf,
  output,
  OUTPUT_TOPIC,
  textOf,
} from '../../contracts/subject.contract';
import type { CheckpointSlice } from '../../ports';
import { openCheckpoints, type Checkpoints } from './checkpoints';
import { diskWith, type Disk } from './disk.fixture';
import { randomOf } from './random.fixture';
import { openSteps, type Steps } from './steps';

const ALL = { records: 1000, bytes: 1 << 20 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const open = (disk: Disk, checkpoints: Checkpoints | undefined): Promise<Steps> =>
  openSteps(
    {
      files: disk.files,
      directory: '/data/steps',
      name: 'the journal',
      segmentBytes: 1500,
      cacheBytes: 100,
      readOnly: false,
      held: 0,
      report: () => undefined,
    },
    checkpoints,
  );

/** The outputs of a step, which follow from its number. */
const outputsOf = (step: number): string[] =>
  Array.from({ length: step % 3 }, (_, i) => `output ${i} of ${step}`);

const commit = (steps: Steps, owner: number, step: number): Promise<number> =>
  steps.ledger.commit(
    owner,
    commitOf(
      step,
      outputsOf(step).map((text) => output(text)),
      {
        blobs: [blob('k', step, `${step}`)],
        forgotten: [],
        restart: { step, position: step, asOf: step },
      },
    ),
  );

/** Steps and outputs as they are found. @returns the next step */
async function check(steps: Steps): Promise<number> {
  const entries = await steps.ledger.read(0, 1000);
  expect(entries.map(({ record }) => record.step)).toEqual(entries.map((_, i) => i));
  const { records } = await steps.outputs.read(OUTPUT_TOPIC, 0, ALL);
  expect(records.map(({ offset, value }) => [offset, textOf(value)])).toEqual(
    entries.flatMap((_, step) => outputsOf(step)).map((text, offset) => [offset, text]),
  );
  return entries.length;
}

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-steps-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('steps on a disk that loses or refuses', () => {
  it('are there with their outputs after power cuts, and no checkpoint is ahead of them', async () => {
    let run = 0;
    const life = fc.record({
      steps: fc.integer({ min: 1, max: 12 }),
      together: fc.integer({ min: 1, max: 4 }),
      stopAfter: fc.integer({ min: 4, max: 50 }),
      done: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 3 }), async (lives) => {
        run += 1;
        let disk = diskWith('/data');
        let next = 0;
        for (const one of lives) {
          const checkpoints = await openCheckpoints(join(directory, `${run}`), () => undefined);
          disk.stopAt(disk.calls() + one.stopAfter, one.done);
          const opened = await Promise.race([
            open(disk, checkpoints),
            settle().then(() => undefined),
          ]);
          let answered = next;
          if (opened !== undefined) {
            const owner = await opened.ledger.fence();
            for (let i = 0; i < one.steps; i += one.together) {
              const some = Array.from({ length: one.together }, (_, j) =>
                commit(opened, owner, next + i + j).then((position) => {
                  answered = Math.max(answered, position + 1);
                }),
              );
              const done = await Promise.race([Promise.all(some), settle().then(() => undefined)]);
              if (done === undefined) break;
            }
          }
          await checkpoints.close();
          disk = disk.cut(randomOf(one.seed));
          const kept = await openCheckpoints(join(directory, `${run}`), () => undefined);
          const now = await check(await open(disk, kept));
          expect(now).toBeGreaterThanOrEqual(answered);
          const restart = await kept.restart();
          expect(restart?.step ?? -1).toBeLessThan(now);
          const [state] = await kept.get(['k']);
          expect(state?.step).toBe(restart?.step);
          await kept.close();
          next = now;
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it('go on with the right output offsets when a disk was full in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6000 }), async (room) => {
        const disk = diskWith('/data');
        const steps = await open(disk, undefined);
        disk.room = room;
        let next = 0;
        const owner = await steps.ledger.fence();
        for (let i = 0; i < 12; i += 1) {
          const some = [0, 1, 2].map((j) => commit(steps, owner, next + j));
          for (const one of await Promise.allSettled(some))
            if (one.status === 'fulfilled') next += 1;
          if (i === 8) disk.room = undefined;
        }
        expect(next).toBeGreaterThanOrEqual(9);
        expect(await check(steps)).toBe(next);
        expect(await check(await open(disk.restart(), undefined))).toBe(next);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('checkpoints', () => {
  it('show states that wait to be written, and have them after closing', async () => {
    const path = join(directory, 'states');
    const checkpoints = await openCheckpoints(path, () => undefined);
    for (let step = 0; step < 50; step += 1) {
      checkpoints.write({
        blobs: [blob('k', step, `${step}`), blob(`k${step}`, step, 'own')],
        forgotten: step > 0 ? [`k${step - 1}`] : [],
        restart: { step, position: step, asOf: step },
      });
      const [k, own, before] = await checkpoints.get(['k', `k${step}`, `k${step - 1}`]);
      expect([textOf(k?.bytes), textOf(own?.bytes), before]).toEqual([`${step}`, 'own', undefined]);
    }
    await checkpoints.close();
    const again = await openCheckpoints(path, () => undefined);
    expect(await again.restart()).toEqual({ step: 49, position: 49, asOf: 49 });
    expect((await allDue(again.due())).map(({ key }) => key)).toEqual(['k', 'k49']);
    await again.close();
  });
  it('give no restart position and no due index without the states that could not be written', async () => {
    const checkpoints = await openCheckpoints(join(directory, 'states'), () => undefined);
    const sliceOf = (step: number): CheckpointSlice => ({
      ...{
        blobs: [blob('k', step, `${step}`)],
        forgotten: [],
        restart: { step, position: step, asOf: step },
      },
    });
    checkpoints.write(sliceOf(1));
    expect(await checkpoints.restart()).toEqual({ step: 1, position: 1, asOf: 1 });
    const full = new Error('no space left');
    const failing = jest.spyOn(ClassicLevel.prototype, 'batch');
    failing.mockRejectedValueOnce(full as never);
    checkpoints.write(sliceOf(2));
    await expect(checkpoints.restart()).rejects.toThrow(full);
    await expect(allDue(checkpoints.due())).rejects.toThrow(full);
    failing.mockRestore();
    await checkpoints.ready();
    expect(await checkpoints.restart()).toEqual({ step: 2, position: 2, asOf: 2 });
    expect((await allDue(checkpoints.due())).map(({ step }) => step)).toEqual([2]);
    await checkpoints.close();
  });
});
