import { join } from 'node:path';
import { samplePortfolio } from '@tidemark/cli/sample/portfolio';
import { random } from '@tidemark/cli/sample/random';
import { partitionOf } from '@tidemark/engine/partitioner';
import type { InputRecord } from '@tidemark/schemas/records';
import { shippedMethodology } from '../../support/methodologies';
import { suiteFolder } from '../cli/tidemark';
import { changeReader } from './change-reader';
import { expectedOf } from './oracle';
import { end, isReady, startServer, type ServerProcess } from './server-process';

jest.setTimeout(1_500_000);

const KILLS = 50;
const PARTITIONS = 2;
const BATCH = 50;
/** A new one each day: what fails is run again with SEED=... */
const SEED = Number(process.env['SEED'] ?? Math.floor(Date.now() / 86_400_000));
const ARGS = ['--no-sample', '--time', 'event', '--quiet', '--partitions', String(PARTITIONS)];

const records: readonly InputRecord[] = [
  ...samplePortfolio({ seed: SEED, customers: 150, days: 365, start: Date.UTC(2025, 0, 31, 16) }),
];

/** Whether the server has taken the events; false: it was killed, nobody knows. */
async function post(server: ServerProcess, batch: readonly InputRecord[]): Promise<boolean> {
  try {
    const answer = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { ...server.headers, 'content-type': 'application/x-ndjson' },
      body: batch.map((record) => JSON.stringify(record)).join('\n'),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Refused(`${answer.status}: ${text}`);
    return true;
  } catch (error) {
    if (error instanceof Refused) throw error;
    return false;
  }
}

class Refused extends Error {}

describe('a server that is killed again and again', () => {
  const folder = suiteFolder();
  const data = join(folder, 'data');

  it(`loses and doubles nothing in ${KILLS} kills during ingest (SEED=${SEED})`, async () => {
    const { below, between } = random(SEED);
    const reader = changeReader(PARTITIONS);
    let at = 0;
    let kills = 0;
    while (kills < KILLS) {
      const server = await startServer(data, ARGS);
      const following = reader.follow(server);
      const left = records.length - at;
      // so many whole batches, and one into which the kill falls
      let batches = below(Math.max(1, Math.ceil((2 * left) / BATCH / (KILLS - kills))));
      await server.child.until(isReady);
      for (; batches > 0 && at < records.length - BATCH; batches -= 1) {
        expect(await post(server, records.slice(at, at + BATCH))).toBe(true);
        at += BATCH;
      }
      const under = post(server, records.slice(at, at + BATCH));
      const delay = between(0, 30);
      const timer = setTimeout(() => server.child.process.kill('SIGKILL'), delay);
      const taken = await under;
      await server.child.ended;
      clearTimeout(timer);
      // accepted is durable; what had no answer is sent again
      if (taken && at < records.length - BATCH) at += BATCH;
      await following;
      kills += 1;
    }

    const server = await startServer(data, ARGS);
    const following = reader.follow(server);
    await server.child.until(isReady);
    for (; at < records.length; at += BATCH) {
      expect(await post(server, records.slice(at, at + BATCH))).toBe(true);
    }
    const expected = expectedOf(shippedMethodology('cn-aml-bank'), records, PARTITIONS);
    await comparesRatings(server, expected);
    const stopped = await end(server, 'SIGTERM');
    expect(stopped.code).toBe(0);
    const said = server.child
      .err()
      .split('\n')
      .filter((line) => !line.includes('was left behind'));
    expect(said).toEqual(['stopping', '']);
    expect(stopped.ms).toBeLessThan(5_000);
    await following;

    expect(reader.seen.map((changes) => changes.length)).toEqual(
      expected.map(({ changes }) => changes.length),
    );
    reader.seen.forEach((changes, partition) => {
      // the first that differs says more than all that follow from it
      const wanted = expected[partition]?.changes ?? [];
      const at = changes.findIndex(({ hash }, i) => hash !== wanted[i]?.hash);
      expect({ partition, at, change: changes[at] }).toEqual({ partition, at, change: wanted[at] });
      expect(changes).toEqual(wanted);
      expectContiguous(changes);
    });
  });
});

type Expected = ReturnType<typeof expectedOf>;

async function comparesRatings(server: ServerProcess, expected: Expected): Promise<void> {
  let compared = 0;
  for (const [partition, { ratings }] of expected.entries()) {
    for (const [key, rating] of ratings) {
      expect(partitionOf(key, PARTITIONS)).toBe(partition);
      const { institution, customer, sequence } = rating;
      const minSequence = sequence > 0 ? `?minSequence=${sequence}` : '';
      const answer = await fetch(
        `${server.url}/v1/customers/${institution}/${customer}/explanation${minSequence}`,
        { headers: server.restricted },
      );
      if (sequence === 0) {
        expect(answer.status).toBe(404);
        continue;
      }
      expect(await answer.json()).toEqual(rating);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(100);
}

function expectContiguous(
  changes: readonly { readonly id: string; readonly sequence: number }[],
): void {
  const last = new Map<string, number>();
  for (const { id, sequence } of changes) {
    const key = id.slice(0, id.lastIndexOf(':'));
    expect({ id, sequence }).toEqual({ id, sequence: (last.get(key) ?? 0) + 1 });
    last.set(key, sequence);
  }
}
