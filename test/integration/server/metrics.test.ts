import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_METRICS } from '@tidemark/api/metrics-table';
import { CANARIES, canaryEvents, refusedCanary } from '../../support/canary';
import { differences, parseMetrics, valueOf, type Scraped } from '../../support/scraped';
import { end, isReady, startServer, type ServerProcess } from './server-process';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'tidemark-metrics-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function send({ url, headers }: ServerProcess): Promise<void> {
  const body = [...canaryEvents(), refusedCanary('nothingOfTheKind')]
    .map((one) => JSON.stringify(one))
    .join('\n');
  const type = { 'content-type': 'application/x-ndjson' };
  const answer = await fetch(`${url}/v1/events`, {
    ...{ method: 'POST', body, headers: { ...headers, ...type } },
  });
  expect(answer.status).toBe(207);
}

const textOf = async ({ url }: ServerProcess): Promise<string> =>
  (await fetch(`${url}/metrics`)).text();

async function scrapedWhen(
  server: ServerProcess,
  isThere: (scraped: Scraped) => boolean,
): Promise<Scraped> {
  for (;;) {
    const scraped = parseMetrics(await textOf(server));
    if (isThere(scraped)) return scraped;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a server on a desk', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer(join(folder, 'data'), ['--no-sample']);
    await server.child.until(isReady);
    await send(server);
  });

  it('tells every metric that is documented for it, and no other', async () => {
    const scraped = await scrapedWhen(
      server,
      (now) =>
        (valueOf(now, 'tidemark_customers') ?? 0) === 2 &&
        valueOf(now, 'tidemark_sub_item_applies_customers') !== undefined,
    );
    expect(differences(scraped, ALL_METRICS, 'embedded')).toEqual([]);
  });

  it('counts what became of the events', async () => {
    const decided = (now: Scraped): boolean =>
      valueOf(now, 'tidemark_records_total') === 6 && valueOf(now, 'tidemark_lag_records') === 0;
    const scraped = await scrapedWhen(server, decided);
    const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
      valueOf(scraped, `tidemark_${name}`, labels);
    expect(value('decisions_total', { outcome: 'duplicate' })).toBe(1);
    expect(value('decisions_total', { outcome: 'refused' })).toBe(1);
    expect(value('dead_letters_total', { code: 'not-current' })).toBe(1);
    expect(value('http_events_total', { verdict: 'refused' })).toBe(1);
    expect(value('grade_changes_total', { from: 'none' })).toBe(1);
    expect(value('outputs_total', { topic: 'grade-changes' })).toBe(1);
    expect(value('freshness_seconds_count')).toBe(6);
    expect(value('freshness_seconds_bucket', { le: '60' })).toBe(6);
    expect(value('lateness_seconds_sum')).toBeGreaterThanOrEqual(6 * 1);
    expect(value('step_records_sum')).toBe(6);
    expect(value('lag_records', { topic: 'events' })).toBe(0);
    expect(value('digest_mismatches_total')).toBe(0);
    expect(value('takeovers_total')).toBe(2);
    expect(value('partition_phase', { phase: 'live' })).toBe(2);
    expect(value('partition_stuck')).toBe(0);
    expect(value('ready')).toBe(1);
  });

  it('holds nothing of customers in its metrics and in what it says', async () => {
    const said = [await textOf(server), server.child.out(), server.child.err()].join('\n');
    for (const canary of CANARIES) expect(said).not.toContain(canary);
    await end(server, 'SIGTERM');
    expect(server.child.err()).not.toContain(CANARIES[0]);
  });

  it('counts its customers anew after it was killed', async () => {
    const first = await startServer(join(folder, 'data'), []);
    await first.child.until(isReady);
    await end(first, 'SIGKILL');
    server = await startServer(join(folder, 'data'), []);
    await server.child.until(isReady);
    // each partition counts its own, one after the other
    const counted = await scrapedWhen(
      server,
      (now) =>
        valueOf(now, 'tidemark_customers') === 2 && valueOf(now, 'tidemark_known_customers') === 2,
    );
    expect(valueOf(counted, 'tidemark_customers', { grade: 'none' })).toBe(1);
    // what was decided before is not counted as new
    expect(valueOf(counted, 'tidemark_records_total')).toBeUndefined();
    await end(server, 'SIGTERM');
  });
});
