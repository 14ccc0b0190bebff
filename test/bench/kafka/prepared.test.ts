import { messageOf } from './broker-tools';
import { streamOf } from './events';
import { prepareMessages } from './prepared';

const NOW = Date.UTC(2026, 10, 28, 3);

describe('messages made before a load', () => {
  it('are those of the stream, wherever one begins and over the bounds of what is made at once', async () => {
    const stream = streamOf(10_000, 100, NOW);
    const selection = { stream, from: 4_321, count: 2_345, schemaId: 7 };
    const { at } = await prepareMessages(selection, () => NOW + 0.5);
    for (const i of [0, 1, 998, 999, 1_000, 1_001, 1_999, 2_000, 2_344]) {
      expect(at(i)).toEqual(messageOf(stream, 4_321 + i, 7, NOW));
    }
    expect(() => at(2_345)).toThrow('no message 2345 was made');
  });
});
