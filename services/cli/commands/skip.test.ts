import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDirectory } from '@tidemark/processor/data-directory';
import { EVENTS } from '@tidemark/processor/topics';
import { EXIT } from '../exit';
import { runMain, testFolder, type Ran } from '../run-main.fixture';

const file = testFolder();

/** A data directory with six events of which none is decided. */
async function dataOf(name: string): Promise<string> {
  const data = file(name);
  const store = await openDataDirectory(data, 1, () => undefined);
  const events = Array.from({ length: 6 }, () => Buffer.from('{}'));
  await store.partition(0).writer.append(EVENTS, events);
  await store.close();
  return data;
}

const skip = (data: string, ...more: string[]): Promise<Ran> =>
  runMain('skip', '--data', data, '--partition', '0', '--offset', '0', '--reason', 'r', ...more);

const ordersIn = (data: string): unknown =>
  JSON.parse(readFileSync(join(data, 'orders/orders.json'), 'utf8'));

describe('tidemark skip', () => {
  it('notes the order for the next start, with reason and author, once', async () => {
    const data = await dataOf('noted');
    const { code, err } = await skip(data, '--by', 'alice');
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('events/0@0 is passed over at the next start');
    const again = await skip(data, '--by', 'bob');
    expect(again).toMatchObject({ code: EXIT.ok, err: expect.stringMatching(/already, by alice/) });
    const place = { kind: 'skip', topic: 'events', partition: 0, offset: 0 };
    expect(ordersIn(data)).toEqual([
      { ...place, reason: 'r', by: 'alice', at: expect.any(Number) },
    ]);
  });

  it('refuses an event at which the partition does not stand, and names the one at which it does', async () => {
    const data = await dataOf('elsewhere');
    const behind = await skip(data, '--offset', '5');
    expect(behind).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('there is 0.') });
    const gone = await skip(data, '--offset', '6');
    expect(gone).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('it ends at 6') });
  });

  it('refuses a topic of which nothing can be passed over, and says what to do', async () => {
    const { code, err } = await skip(await dataOf('other-topic'), '--topic', 'methodologies');
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/only an event can be passed over \(events\).*start that one/);
  });

  it('refuses a partition that is not there, and words that would be obeyed by a terminal', async () => {
    const other = await skip(await dataOf('partition'), '--partition', '1');
    expect(other).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('0 to 0') });
    const words = await skip(await dataOf('words'), '--by', 'eve\u001b[2J');
    expect(words).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('one line') });
    const nothing = await skip(await dataOf('nothing'), '--reason', ' ');
    expect(nothing).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('will ask') });
  });

  it('refuses where the orders given before cannot be read', async () => {
    const data = await dataOf('altered');
    mkdirSync(join(data, 'orders'), { recursive: true });
    writeFileSync(join(data, 'orders', 'orders.json'), '{');
    const { code, err } = await skip(data);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('restore it from a copy');
  });
});
