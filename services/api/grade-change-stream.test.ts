import type { TopicLog } from '@tidemark/engine/ports';
import { gradeChangeStream } from './grade-change-stream';
import {
  isLive,
  known,
  listed,
  cleared,
  openServer,
  readStream,
  removeDirectory,
  until,
  type StreamEvent,
  type StreamReader,
  type TestServer,
} from './server.fixture';

jest.setTimeout(60_000);

let server: TestServer;

beforeEach(async () => {
  server = await openServer({ limits: { heartbeatMs: 200 } });
  await until(isLive(server));
});

afterEach(async () => {
  await server.close();
  removeDirectory(server);
});

/** Up and down again, so many times. */
function ups(customer: string, times: number): string[] {
  const began = Date.now() - 3_600_000;
  const events = [known(customer, began)];
  for (let n = 0; n < times; n += 1) {
    events.push(listed(customer, began + 2 * n + 1, `h-${n}`));
    events.push(cleared(customer, began + 2 * n + 2, `h-${n}`));
  }
  return events;
}

const open = async (query = '', headers: Record<string, string> = {}): Promise<StreamReader> =>
  readStream(await server.get(`/v1/grade-changes${query}`, headers));

/** The same changes, each customer's in one order; there is none among partitions. */
function expectSame(events: readonly StreamEvent[], expected: readonly StreamEvent[]): void {
  const sorted = (of: readonly StreamEvent[]): unknown[] =>
    of
      .map(({ change }) => change)
      .sort((a, b) => (a.customer < b.customer ? -1 : a.customer > b.customer ? 1 : 0));
  expect(sorted(events)).toEqual(sorted(expected));
}

const idsOf = (events: readonly StreamEvent[]): string[] => events.map(({ change }) => change.id);

describe('the stream of grade changes', () => {
  it('tells a change as it happens, and what came before only when asked', async () => {
    await server.post(ups('before', 1).join('\n'));
    await server.engine.settled();
    await until(
      async () => (await server.get('/v1/customers/bank-1/before/rating?minSequence=3')).ok,
    );
    const live = await open();
    await server.post(ups('after', 1).join('\n'));
    expect(idsOf(await live.take(3))).toEqual([
      'bank-1:after:1',
      'bank-1:after:2',
      'bank-1:after:3',
    ]);
    await live.close();
    const all = await open('?since=beginning');
    expect(idsOf(await all.take(6)).sort()).toEqual([
      'bank-1:after:1',
      'bank-1:after:2',
      'bank-1:after:3',
      'bank-1:before:1',
      'bank-1:before:2',
      'bank-1:before:3',
    ]);
    await all.close();
  });

  it('goes on after any event without gap or repeat, also over restarts', async () => {
    const customers = ['a', 'b', 'c', 'd', 'e'];
    for (const customer of customers) await server.post(ups(customer, 3).join('\n'));
    const whole = await open('?since=beginning');
    const all = await whole.take(customers.length * 7);
    await whole.close();
    expect(new Set(idsOf(all)).size).toBe(all.length);
    for (const cut of [0, 1, 7, all.length - 1]) {
      const id = cut === 0 ? '0:0,1:0' : (all[cut - 1]?.id ?? '');
      const again = await open('', { 'last-event-id': id });
      expectSame(await again.take(all.length - cut), all.slice(cut));
      await again.close();
    }
    const { directory } = server;
    await server.close();
    server = await openServer({ directory });
    await until(isLive(server));
    const later = await open('', { 'last-event-id': all[10]?.id ?? '' });
    expectSame(await later.take(all.length - 11), all.slice(11));
    await later.close();
  });

  it('names the place at once and at every heartbeat, also when nothing that is wanted comes', async () => {
    const reader = await open('?gradeMin=5&since=beginning');
    await server.post(ups('quiet', 1).join('\n'));
    const [first] = await reader.take(1);
    expect(first?.change.grade).toBe(5);
    const ending = reader.rest();
    // the change to a lower grade is passed over, and the heartbeat says so
    await server.engine.settled();
    await until(
      async () => (await server.get('/v1/customers/bank-1/quiet/rating?minSequence=3')).ok,
    );
    const offsets = await Promise.all(
      [0, 1].map(async (n) => (await server.engine.outputs(n).bounds('grade-changes')).next),
    );
    const place = offsets.map((offset, n) => `${n}:${offset}`).join(',');
    const beat = await open('?gradeMin=5', { 'last-event-id': place });
    await server.post(ups('later', 1).join('\n'));
    expect(idsOf(await beat.take(1))).toEqual(['bank-1:later:2']);
    await beat.close();
    await server.app.close();
    expect(await ending.catch(() => 'cut off')).toBeDefined();
  });

  it('reads no more than is taken: a slow reader costs no memory', async () => {
    const times = 400;
    for (const customer of ['x', 'y', 'z']) await server.post(ups(customer, times).join('\n'));
    await server.engine.settled();
    let reads = 0;
    const outputs = (partition: number): TopicLog => {
      const log = server.engine.outputs(partition);
      const read: TopicLog['read'] = (...args) => {
        reads += 1;
        return log.read(...args);
      };
      return { ...log, read };
    };
    const end = new AbortController();
    const options = { from: [0, 0], gradeMin: 1, heartbeatMs: 1_000, signal: end.signal };
    const stream = gradeChangeStream({ ...server.engine, outputs }, options);
    await stream.next();
    expect(reads).toBe(0);
    let seen = 0;
    for (let taken = 1; seen < 3 * (2 * times + 1); taken += 1) {
      const { value } = await stream.next();
      const changes = (value?.match(/^data: /gm) ?? []).length;
      expect(changes).toBeLessThanOrEqual(500);
      // one read a part, and one that finds nothing more in a partition
      expect(reads).toBeLessThanOrEqual(2 * taken);
      seen += changes;
    }
    expect(seen).toBe(3 * (2 * times + 1));
    end.abort();
  });
});
