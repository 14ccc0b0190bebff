import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { random } from '@tidemark/cli/sample/random';
import { describeWithServers, until } from '../cluster/servers';
import { WIRE_FORM } from './forms';
import { FAULTS, RECOVERY_MS_MAX, type Fault } from './faults';
import { allLeft, INPUT_TOPICS, readTopics } from './left';
import { loadOf, POISON } from './load';
import { judge } from './oracles';
import { startPump, type Pump } from './pump';
import { recoveryOf, writeReport, type Recovery } from './report';
import { startWorld, tidemark, type World } from './world';

/** The long suite (npm run test:faults) or the short cut of it that is part of all tests. */
const LONG = process.env['TIDEMARK_FAULTS'] === 'long';
const SIZE = LONG
  ? { customers: 20_000, days: 60, perSecond: 250, togetherMs: 300_000 }
  : { customers: 2_000, days: 60, perSecond: 200, togetherMs: 0 };
/** A new one each day: what fails is run again with SEED=... */
const SEED = Number(process.env['SEED'] ?? Math.floor(Date.now() / 86_400_000));
/** A worker whose servers are away, or whose machine is slow, does not always end cleanly in its time. */
const EXIT = { stopped: 0, late: 3 } as const;
const ENDS: readonly number[] = LONG ? [EXIT.stopped] : [EXIT.stopped, EXIT.late];
/**
 * After the election of a leader a worker that was hit takes input again. A goal of the long suite, which
 * has a machine to itself; the short cut runs beside other suites and asks only that it goes on.
 */
const AFTER_ELECTION_MS_MAX = 10_000;

jest.setTimeout(LONG ? 900_000 : 400_000);

const chosen = FAULTS.filter(({ short }) => LONG || short === true);

describeWithServers(
  `workers on real servers (SEED=${SEED})`,
  () => {
    const { below } = random(SEED);
    const recoveries: Recovery[] = [];
    let world: World;
    let pump: Pump;

    beforeAll(async () => {
      world = await startWorld();
      const { partitions, schemas, producers } = world;
      const load = loadOf({ ...SIZE, seed: SEED, partitions, schemas });
      pump = startPump(load, producers, { perSecond: SIZE.perSecond, seed: SEED });
      await world.progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
    });

    const survive = async (fault: Fault): Promise<void> => {
      await pump.transact(fault.elects !== true);
      const began = Date.now();
      const happened = await fault.happen(world, below(1_000));
      await world.progress.allMoveAfter(happened.healedAt, RECOVERY_MS_MAX);
      await pump.transact(true);
      const gap = world.progress.longestGapSince(began);
      const recovery = recoveryOf(fault.name, gap, happened);
      recoveries.push(recovery);
      const { afterElectionMs } = recovery;
      if (LONG && afterElectionMs !== undefined) {
        expect(afterElectionMs).toBeLessThan(AFTER_ELECTION_MS_MAX);
      }
      for (const code of happened.codes ?? []) expect(ENDS).toContain(code);
    };

    it.each(chosen.map((fault) => [fault.name, fault] as const))('go on when %s', (_, fault) =>
      survive(fault),
    );

    if (LONG) {
      it('go on when all of it happens at once', async () => {
        const last = Date.now() + SIZE.togetherMs;
        // two at a time, each of its own choice: one may fall into the recovery of the other
        const fate = async (ownFaults: readonly Fault[]): Promise<void> => {
          while (Date.now() < last) {
            const fault = ownFaults[below(ownFaults.length)];
            const { codes = [] } = (await fault?.happen(world, below(1_000))) ?? {};
            for (const code of codes) expect([EXIT.stopped, EXIT.late]).toContain(code);
            await pause(below(3_000));
          }
        };
        const ofServers = FAULTS.filter(({ name }) => /broker|Redis/.test(name));
        const others = FAULTS.filter((fault) => !ofServers.includes(fault));
        await Promise.all([fate(ofServers), fate(others)]);
        const calm = Date.now();
        await world.progress.allMoveAfter(calm, 2 * RECOVERY_MS_MAX);
      });
    }

    it('have lost nothing, doubled nothing, and hold what follows from the records', async () => {
      await pump.finish();
      await allIsRead(world);
      for (const { worker } of world.nodes) expect(ENDS).toContain(await worker.stop());
      const all = (await allLeft(world)).map((left) => ({ left, judged: judge(left, WIRE_FORM) }));

      expect(all.flatMap(({ judged }) => judged.findings)).toEqual([]);
      const sum = (of: (judged: (typeof all)[number]['judged']) => number): number =>
        all.reduce((total, { judged }) => total + of(judged), 0);
      expect(sum(({ customers }) => customers)).toBe(SIZE.customers);
      expect(sum(({ records }) => records)).toBeGreaterThanOrEqual(pump.sent());
      expect(sum(({ gradeChanges }) => gradeChanges)).toBeGreaterThan(SIZE.customers);
      for (const { left, judged } of all) {
        for (const topic of INPUT_TOPICS) {
          const poison = (left.inputs.get(topic) ?? [])
            .filter(({ value }) => value.equals(POISON))
            .map(({ offset }) => offset);
          expect(judged.refused.get(topic) ?? []).toEqual(poison);
        }
      }
      writeReport({
        ...{ command: LONG ? 'npm run test:faults' : 'npm test', customers: SIZE.customers },
        records: sum(({ records }) => records),
        steps: sum(({ steps }) => steps),
        owners: sum(({ owners }) => owners),
        gradeChanges: sum(({ gradeChanges }) => gradeChanges),
        recoveries,
      });
    });

    it('can be verified by the journal', async () => {
      const { kafka, registry, application } = world;
      const { stdout } = await tidemark([
        ...['verify', '--brokers', kafka.bootstrap, '--registry', registry.url, '--quiet'],
        ...['--prefix', application, '--application', application],
      ]);
      expect(stdout.match(/: whole$/gm)).toHaveLength(world.partitions);
    });

    afterAll(() => {
      // what a failure needs to be understood is gone with the workers' folders otherwise
      const folder = process.env['TIDEMARK_FAULTS_LOGS'];
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      for (const { worker } of [...world.nodes, world.guest]) {
        writeFileSync(join(folder, `${worker.name}.log`), worker.said());
      }
      writeFileSync(join(folder, 'recoveries.json'), JSON.stringify(recoveries, null, 1));
    });
  },
  { own: true },
);

/** Of each partition; every other offset is a marker of a transaction. */
const JOURNAL_TAIL = -20;

/** Waits until every record that was sent is in a step. */
async function allIsRead(world: World): Promise<void> {
  const sent = await readTopics(world, INPUT_TOPICS);
  await until(
    'all is read',
    async () => {
      const journal = (await readTopics(world, ['journal'], JOURNAL_TAIL)).get('journal');
      return Array.from({ length: world.partitions }, (_, partition) => {
        const last = journal?.get(partition)?.at(-1);
        const positions = last === undefined ? {} : WIRE_FORM.journal(last.value).positions;
        return INPUT_TOPICS.every((topic) => {
          const end = sent.get(topic)?.get(partition)?.at(-1)?.offset ?? -1;
          return (positions[topic] ?? -1) > end;
        });
      }).every(Boolean);
    },
    { withinMs: 120_000 },
  );
}
