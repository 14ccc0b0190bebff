import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreRefused } from '@tidemark/engine/adapters/local/lock';
import type { Order } from '@tidemark/schemas/records';
import { openDataDirectory } from './data-directory';
import { readOrders, withOrders } from './data-orders';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemark-orders-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const skip = (partition: number, offset: number): Order => ({
  ...{ kind: 'skip', topic: 'events', partition, offset },
  ...{ reason: 'ticket 1', by: 'alice', at: 1_000 },
});
const add = (...orders: Order[]): Promise<void> =>
  withOrders(directory, (book) => book.add(orders));

describe('the orders about a data directory', () => {
  it('add up, and partitions get those about their own events', async () => {
    await add(skip(1, 3));
    await add(skip(1, 5), { ...skip(1, 7), kind: 'discard' });
    expect(readOrders(directory).map(({ offset }) => offset)).toEqual([3, 5, 7]);
    const store = await openDataDirectory(directory, 2, () => undefined);
    const skipsOf = (partition: number): unknown => store.partition(partition).skips;
    expect([skipsOf(0), skipsOf(1)]).toEqual([
      [],
      [3, 5].map((offset) => ({ topic: 'events', offset, reason: 'ticket 1 (alice)' })),
    ]);
    await store.close();
  });

  it('stay whole when writing more of them fails', async () => {
    await add(skip(0, 3));
    // the file beside, which takes the new orders first, cannot be made
    mkdirSync(join(directory, 'orders', 'orders.json.new'));
    await expect(add(skip(0, 5))).rejects.toThrow('EISDIR');
    expect(readOrders(directory)).toEqual([skip(0, 3)]);
  });

  it('are given by one at a time', async () => {
    const outcome = await withOrders(directory, async (book) => {
      await expect(add(skip(0, 1))).rejects.toThrow(StoreRefused);
      await book.add([skip(0, 2)]);
      return 'given';
    });
    expect(outcome).toBe('given');
    expect(readOrders(directory)).toEqual([skip(0, 2)]);
    expect(readdirSync(join(directory, 'orders'))).toEqual(['orders.json']);
  });

  it.each(['[{"kind":', '{}', '[{"kind":"skip"}]'])(
    'are refused, with what to do, where their file was altered (%s)',
    async (text) => {
      mkdirSync(join(directory, 'orders'));
      writeFileSync(join(directory, 'orders', 'orders.json'), text);
      expect(() => readOrders(directory)).toThrow(/does not hold orders: restore it from a copy/);
      await expect(add(skip(0, 5))).rejects.toThrow(StoreRefused);
    },
  );
});
