import { PassThrough } from 'node:stream';
import { lineWriter } from './output';

it('leaves no listener behind for each who has written to a stream of others', async () => {
  const stream = new PassThrough();
  for (let i = 0; i < 20; i += 1) {
    const writer = lineWriter(stream, 'standard output', false);
    writer.line('one');
    await writer.end();
  }
  expect(stream.listenerCount('error')).toBe(1);
  expect(() => stream.emit('error', new Error('the reader is gone'))).not.toThrow();
});
