import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../exit';
import { runMain, testFolder } from '../run-main.fixture';

const file = testFolder();

/** A data directory as far as the command looks at it. */
function dataOf(name: string): string {
  const data = file(name);
  mkdirSync(join(data, 'partition-0'), { recursive: true });
  writeFileSync(join(data, 'format.json'), JSON.stringify({ partitions: 1 }));
  return data;
}

const skip = (data: string, ...more: string[]) =>
  runMain('skip', '--data', data, '--partition', '0', '--offset', '5', '--reason', 'r', ...more);

describe('tidemark skip', () => {
  it('notes the order for the next start', async () => {
    const data = dataOf('noted');
    const { code, err } = await skip(data);
    expect(code).toBe(EXIT.ok);
    expect(err).toContain('events/0@5 is passed over at the next start');
    const orders: unknown = JSON.parse(readFileSync(join(data, 'partition-0/skips.json'), 'utf8'));
    expect(orders).toEqual([{ topic: 'events', offset: 5, reason: 'r' }]);
  });

  it('refuses a topic of which nothing can be passed over, and says what to do', async () => {
    const { code, err } = await skip(dataOf('other-topic'), '--topic', 'methodologies');
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/only an event can be passed over \(events\).*start that one/);
  });

  it('refuses where the orders given before cannot be read', async () => {
    const data = dataOf('altered');
    writeFileSync(join(data, 'partition-0/skips.json'), '{');
    const { code, err } = await skip(data);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('restore it from a copy');
  });
});
