import { connectKafka } from './kafka-client';

describe('a fence whose coordinator is away', () => {
  it.each(['before it begins', 'while it waits'])('ends when it is given up %s', async (when) => {
    // nothing listens on this port
    const kafka = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'test' });
    const givenUp = new AbortController();
    if (when === 'before it begins') givenUp.abort();
    const fenced = expect(kafka.transactions('id', givenUp.signal)).rejects.toThrow('was closed');
    await new Promise((resolve) => setImmediate(resolve));
    givenUp.abort();
    await fenced;
    await kafka.close();
  });
});
