import fc from 'fast-check';
import { UsageFault } from '../exit';
import { discardLetters, replayLetters, type Note, type Replayed } from './give';
import { lettersInMemory, type TestLetter, type TestLetters } from './letters.fixture';

const NOTE: Note = { reason: 'ticket 1', by: 'alice', at: 1_000 };

/** Letters of one partition, by their customers. */
const inOne = (...keys: (string | undefined)[]): TestLetter[] =>
  keys.map((key, i) => ({ partition: 0, at: i, ...(key === undefined ? {} : { key }) }));

const place = (offset: number, partition = 0): string => `dead-letters/${partition}@${offset}`;
const these = (...offsets: number[]) => ({
  places: new Set(offsets.map((offset) => place(offset))),
  code: undefined,
});
const ALL = { places: new Set<string>(), code: undefined };

const replay = (
  { letters }: TestLetters,
  wanted: Parameters<typeof replayLetters>[1],
  withEarlier = false,
  note = NOTE,
): Promise<Replayed> => replayLetters(letters, wanted, withEarlier, note);

describe('a replay of letters', () => {
  it('sends each once, however often and by how many it is ordered', async () => {
    const world = lettersInMemory(inOne('a', 'b', 'a'));
    const bob = { ...NOTE, by: 'bob' };
    const [first, second] = await Promise.all([
      replay(world, these(0, 1)),
      replay(world, these(1, 0), false, bob),
    ]);
    expect([first.sent, second.sent, second.settled.length]).toEqual([2, 0, 2]);
    expect(await replay(world, these(0))).toMatchObject({
      sent: 0,
      settled: [{ kind: 'replay', by: 'alice', reason: 'ticket 1' }],
    });
    expect(world.sent).toEqual([place(0), place(1)]);
    expect(world.orders.map(({ kind, offset, by }) => [kind, offset, by])).toEqual([
      ['replay', 0, 'alice'],
      ['replay', 1, 'alice'],
    ]);
  });

  it('is refused where earlier letters of a customer would come after, and says what to do', async () => {
    const world = lettersInMemory(inOne('a', 'b', 'a', undefined));
    const refusal = replay(world, these(2, 3));
    await expect(refusal).rejects.toThrow(UsageFault);
    await expect(refusal).rejects.toThrow(/dead-letters\/0@0\. Replay them too.*discard them/);
    expect([world.sent, world.orders]).toEqual([[], []]);

    expect(await replay(world, these(2), true)).toMatchObject({ sent: 2 });
    expect(world.sent).toEqual([place(0), place(2)]);
  });

  it('goes on past earlier letters that were discarded', async () => {
    const world = lettersInMemory(inOne('a', 'a'));
    await discardLetters(world.letters, these(0), NOTE);
    expect(await replay(world, these(1))).toMatchObject({ sent: 1 });
    // a verdict stands
    expect(await replay(world, these(0))).toMatchObject({
      sent: 0,
      settled: [{ kind: 'discard' }],
    });
  });

  it('holds back what comes after a letter of the customer that cannot be sent', async () => {
    const world = lettersInMemory([
      { partition: 0, key: 'a', isLost: true },
      { partition: 0, key: 'b' },
      { partition: 0, key: 'a' },
    ]);
    const { sent, held } = await replay(world, ALL);
    expect(sent).toBe(1);
    expect(held.map(({ head, why }) => [head.place.offset, why])).toEqual([
      [0, 'it is lost'],
      [2, expect.stringContaining('discard that one first')],
    ]);
    expect(world.sent).toEqual([place(1)]);
  });

  it('takes those of one reason, and says which letters there are not', async () => {
    const world = lettersInMemory([
      { partition: 0, key: 'a', code: 'not-json' },
      { partition: 1, key: 'b' },
    ]);
    expect(await replay(world, { ...ALL, code: 'unknown-country' })).toMatchObject({ sent: 1 });
    await expect(replay(world, these(0, 7))).rejects.toThrow(/no such letter: dead-letters\/0@7/);
    expect(world.sent).toEqual([place(0, 1)]);
  });

  it('keeps the order of each customer, whichever letters are ordered and when', async () => {
    const letter = fc.record({
      partition: fc.nat(1),
      key: fc.constantFrom('a', 'b', 'c'),
      isLost: fc.boolean(),
    });
    const orders = fc.array(
      fc.record({
        picks: fc.array(fc.nat(11), { minLength: 1 }),
        withEarlier: fc.boolean(),
        isDiscard: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(letter, { minLength: 1, maxLength: 12 }),
        orders,
        async (all, given) => {
          // a customer's letters are all in one partition
          const own = all.map((one) => ({
            ...one,
            partition: one.key === 'a' ? 0 : one.partition,
          }));
          const world = lettersInMemory(
            own.map((one) => ({ ...one, key: `${one.partition}:${one.key}` })),
          );
          const places = own.map(({ partition }, i) =>
            place(own.slice(0, i).filter((one) => one.partition === partition).length, partition),
          );
          for (const { picks, withEarlier, isDiscard } of given) {
            const picked = new Set(picks.map((pick) => places[pick % places.length] ?? ''));
            const wanted = { places: picked, code: undefined };
            const task = isDiscard
              ? discardLetters(world.letters, wanted, NOTE)
              : replay(world, wanted, withEarlier);
            await Promise.resolve(task).catch((error: unknown) => {
              if (!(error instanceof UsageFault)) throw error;
            });
          }
          expect(new Set(world.sent).size).toBe(world.sent.length);
          for (const key of new Set(own.map((one) => `${one.partition}:${one.key}`))) {
            const ofKey = (text: string): boolean => {
              const one = own[places.indexOf(text)];
              return one !== undefined && `${one.partition}:${one.key}` === key;
            };
            const offsets = world.sent.filter(ofKey).map((text) => Number(text.split('@')[1]));
            expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
          }
        },
      ),
    );
  });
});
