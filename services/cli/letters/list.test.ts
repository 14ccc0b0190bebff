import { discardLetters, replayLetters } from './give';
import { lettersInMemory } from './letters.fixture';
import { listed, type ListQuestion, type Listing } from './list';
import { listingText } from './print';

const NOTE = { reason: 'ticket 1', by: 'alice', at: 1_000 };
const QUESTION: ListQuestion = { code: undefined, limit: 10, after: undefined, all: false };
const wanted = (letter: string) => ({ places: new Set([letter]), code: undefined });

const world = () =>
  lettersInMemory([
    { partition: 0, at: 5_000, key: 'a' },
    { partition: 0, at: 7_000, key: 'a', code: 'not-json' },
    { partition: 1, at: 4_000, key: 'b' },
    { partition: 1, at: 6_000, key: 'b' },
  ]);

const places = ({ letters }: Listing): string[] => letters.map(({ letter }) => letter);

describe('the list of letters', () => {
  it('counts by reason and topic, and lists the open ones by their times', async () => {
    const { letters } = world();
    await discardLetters(letters, wanted('dead-letters/1@0'), NOTE);
    await replayLetters(letters, wanted('dead-letters/0@0'), false, NOTE);
    const listing = await listed(letters, QUESTION);
    const topic = 'transactions';
    expect(listing.counts).toEqual([
      { code: 'not-json', topic, open: 1, replayed: 0, discarded: 0, first: 7_000, last: 7_000 },
      {
        ...{ code: 'unknown-country', topic, open: 1, replayed: 1, discarded: 1 },
        ...{ first: 4_000, last: 6_000 },
      },
    ]);
    expect(places(listing)).toEqual(['dead-letters/1@1', 'dead-letters/0@1']);
    const all = await listed(letters, { ...QUESTION, all: true });
    expect(all.letters.map(({ state, order }) => [state, order?.by])).toEqual([
      ['discarded', 'alice'],
      ['replayed', 'alice'],
      ['open', undefined],
      ['open', undefined],
    ]);
  });

  it('goes on after the last one that it told', async () => {
    const { letters } = world();
    const first = await listed(letters, { ...QUESTION, limit: 3 });
    expect(first.next).toBe('dead-letters/1@1');
    const second = await listed(letters, { ...QUESTION, limit: 3, after: first.next });
    expect(places(second)).toEqual(['dead-letters/0@1']);
    expect(second.next).toBeUndefined();
    const none = listed(letters, { ...QUESTION, after: 'dead-letters/9@1' });
    await expect(none).rejects.toThrow('no such letter');
  });

  it('tells reasons and places, and nobody of whom they are about', async () => {
    const text = listingText(await listed(world().letters, { ...QUESTION, code: 'not-json' }));
    expect(text.split('\n')).toEqual([
      'reason    topic         open  replayed  discarded  first (UTC)          last',
      'not-json  transactions  1     0         0          1970-01-01 00:00:07  1970-01-01 00:00:07',
      '',
      expect.stringMatching(/^letter +reason +record +when/),
      'dead-letters/0@1  not-json  transactions/0@1  1970-01-01 00:00:07  open',
    ]);
  });
});
