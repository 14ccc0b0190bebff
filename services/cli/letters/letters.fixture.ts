import { DEAD_LETTERS } from '@tidemark/engine/dead-letter';
import { placeText } from '@tidemark/processor/orders';
import type { Order } from '@tidemark/schemas/records';
import type { LetterHead, Letters } from './letters';

/** A letter in memory; `lost` ones cannot be sent again. */
export interface TestLetter {
  readonly partition: number;
  readonly at?: number;
  readonly code?: string;
  readonly key?: string;
  readonly isLost?: boolean;
}

export interface TestLetters {
  readonly letters: Letters<string>;
  /** Places of the letters whose records were sent, in order. */
  readonly sent: string[];
  readonly orders: Order[];
}

/** Letters by partition, in their order; one orders at a time, as with the real ones. */
export function lettersInMemory(all: readonly TestLetter[]): TestLetters {
  const heads = all.map((letter, i): LetterHead & { readonly isLost: boolean } => {
    const { partition, at, code = 'unknown-country', key, isLost = false } = letter;
    const offset = all.slice(0, i).filter((other) => other.partition === partition).length;
    const source = { topic: 'transactions', partition, offset: i };
    return { place: { topic: DEAD_LETTERS, partition, offset }, at, code, source, key, isLost };
  });
  const partitions = [...new Set(all.map(({ partition }) => partition))];
  const sent: string[] = [];
  const orders: Order[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  const letters: Letters<string> = {
    heads: async (withKeys) =>
      partitions.map((partition) => {
        const own = heads.filter(({ place }) => place.partition === partition);
        return {
          more: async () =>
            own.splice(0, 2).map((head) => ({ ...head, key: withKeys ? head.key : undefined })),
        };
      }),
    find: async () => undefined,
    orders: async () => [...orders],
    ordering: (use) => {
      const mine = tail.then(() =>
        use({
          orders: [...orders],
          recordOf: async ({ place }) => {
            const lost = heads.some(
              (head) => head.isLost && placeText(head.place) === placeText(place),
            );
            if (lost) return { ok: false, why: 'it is lost' };
            return { ok: true, record: placeText(place), bytes: 1 };
          },
          give: async (records, given) => {
            sent.push(...records);
            orders.push(...given);
            return 0;
          },
        }),
      );
      tail = mine.catch(() => undefined);
      return mine;
    },
  };
  return { letters, sent, orders };
}
