import type { Order } from '@tidemark/schemas/records';
import { orderLog } from './cluster-orders';
import { placeIn, placeText, skipAt, skipsOf, verdictsOf } from './orders';

const order = (kind: Order['kind'], offset: number, by = 'alice'): Order => ({
  ...{ kind, topic: kind === 'skip' ? 'transactions' : 'dead-letters', partition: 1, offset },
  ...{ reason: 'ticket 1', by, at: 1_000 },
});

describe('orders', () => {
  it('name their places as messages do', () => {
    const place = { topic: 'dead-letters', partition: 3, offset: 17 };
    expect(placeText(place)).toBe('dead-letters/3@17');
    expect(placeIn('dead-letters/3@17')).toEqual(place);
    for (const text of ['', 'dead-letters/3', 'a/b@1', 'a/1@-1', 'a/1@1x', '../1@1']) {
      expect(placeIn(text)).toBeUndefined();
    }
  });

  it('about a letter stand as they were given first; orders about records are not among them', () => {
    const verdicts = verdictsOf([
      order('skip', 5),
      order('discard', 5, 'bob'),
      order('replay', 5),
      order('replay', 6),
    ]);
    expect([...verdicts].map(([place, { kind, by }]) => [place, kind, by])).toEqual([
      ['dead-letters/1@5', 'discard', 'bob'],
      ['dead-letters/1@6', 'replay', 'alice'],
    ]);
  });

  it('to pass records over go to their partition, with the author beside the reason', () => {
    const orders = [order('skip', 5), order('replay', 6)];
    expect(skipsOf(orders, 1)).toEqual([
      { topic: 'transactions', offset: 5, reason: 'ticket 1 (alice)' },
    ]);
    expect(skipsOf(orders, 0)).toEqual([]);
    expect(skipAt(orders, { topic: 'transactions', partition: 1, offset: 5 })).toBe(orders[0]);
  });

  it('are read on from where they were read to, also by several at once; rubbish is passed over', async () => {
    const values = [order('skip', 1), 'rubbish', order('skip', 2)];
    let reads = 0;
    const { all } = orderLog({
      bounds: async () => ({ first: 0, next: values.length }),
      read: async (_topic, from) => {
        reads += 1;
        const records = values.slice(from, from + 2).map((value, i) => ({
          offset: from + i,
          value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
        }));
        return { records, next: from + records.length };
      },
    });
    const offsets = (orders: readonly Order[]): number[] => orders.map(({ offset }) => offset);
    const [one, other] = await Promise.all([all(), all()]);
    expect([offsets(one), offsets(other), reads]).toEqual([[1, 2], [1, 2], 2]);
    values.push(order('skip', 3));
    expect(offsets(await all())).toEqual([1, 2, 3]);
    expect(reads).toBe(3);
  });
});
