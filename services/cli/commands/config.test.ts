import { runMain } from '../run-main.fixture';

describe('tidemark config', () => {
  it('prints every field with its variable, default and example, on stdout', async () => {
    const { code, out, err } = await runMain('config');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('\nkafka.brokers   TIDEMARK_KAFKA_BROKERS\n');
    expect(out).toContain('default: 127.0.0.1:9092; for example kafka-1:9092,kafka-2:9092');
    expect(out).toContain('redis.password   TIDEMARK_REDIS_PASSWORD   (secret)');
    expect(out).toContain('redis.passwordFile, TIDEMARK_REDIS_PASSWORD_FILE');
  });
});
