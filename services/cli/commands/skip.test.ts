import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../exit';
import { runMain, testFolder, type Ran } from '../run-main.fixture';

const file = testFolder();

/** A data directory as far as the command looks at it. */
function dataOf(name: string): string {
  const data = file(name);
  mkdirSync(join(data, 'partition-0'), { recursive: true });
  writeFileSync(join(data, 'format.json'), JSON.stringify({ partitions: 1 }));
  return data;
}

const skip = (data: string, ...more: string[]): Promise<Ran> =>
  runMain('skip', '--data', data, '--partition', '0', '--offset', '5', '--reason', 'r', ...more);

const ordersIn = (data: string): unknown =>
  JSON.parse(readFileSync(join(data, 'orders/orders.json'), 'utf8'));

describe('tidemark skip', () => {
  it('notes the order for the next start, with reason and author, once', async () => {
    const data = dataOf('noted');
    const { code, err } = await skip(data, '--by', 'alice');
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('events/0@5 is passed over at the next start');
    const again = await skip(data, '--by', 'bob');
    expect(again).toMatchObject({ code: EXIT.ok, err: expect.stringMatching(/already, by alice/) });
    const place = { kind: 'skip', topic: 'events', partition: 0, offset: 5 };
    expect(ordersIn(data)).toEqual([
      { ...place, reason: 'r', by: 'alice', at: expect.any(Number) },
    ]);
  });

  it('refuses a topic of which nothing can be passed over, and says what to do', async () => {
    const { code, err } = await skip(dataOf('other-topic'), '--topic', 'methodologies');
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/only an event can be passed over \(events\).*start that one/);
  });

  it('refuses a partition that is not there, and words that would be obeyed by a terminal', async () => {
    const other = await skip(dataOf('partition'), '--partition', '1');
    expect(other).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('0 to 0') });
    const words = await skip(dataOf('words'), '--by', 'eve\u001b[2J');
    expect(words).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('one line') });
    const nothing = await skip(dataOf('nothing'), '--reason', ' ');
    expect(nothing).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('will ask') });
  });

  it('refuses where the orders given before cannot be read', async () => {
    const data = dataOf('altered');
    mkdirSync(join(data, 'orders'));
    writeFileSync(join(data, 'orders', 'orders.json'), '{');
    const { code, err } = await skip(data);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('restore it from a copy');
  });
});
