import {
  countingCluster,
  countingMachine,
  COUNTING_OPTIONS,
} from '@tidemark/engine/counting.fixture';
import { runPartition } from '@tidemark/engine/runner';
import { letterTimes } from './letter-times';

it('a letter has the time of the step that wrote it', async () => {
  const cluster = await countingCluster();
  const { ports, writer, outputs } = cluster.partition(0);
  const { states: _, ...own } = ports;
  let now = 1_000;
  const clock = { now: () => now };
  const handle = runPartition(countingMachine(), { ...own, clock }, COUNTING_OPTIONS);
  for (const [at, count] of [
    [2_000, 2],
    [3_000, 1],
  ] as const) {
    now = at;
    // the step under way has the time before
    for (let i = 0; i < 2; i += 1) await handle.view('a', () => undefined);
    const next = (await outputs.bounds('dead-letters')).next + count;
    await writer.append(
      'adds',
      Array.from({ length: count }, () => Buffer.from('rubbish')),
    );
    while ((await outputs.bounds('dead-letters')).next < next) {
      await handle.view('a', () => undefined);
    }
  }
  await handle.stop();
  const times = letterTimes(ports.ledger);
  expect([await times(0), await times(1), await times(2)]).toEqual([2_000, 2_000, 3_000]);
  expect(await times(3)).toBeUndefined();
});
