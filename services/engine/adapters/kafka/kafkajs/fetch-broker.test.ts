import ConnectionPool from 'kafkajs/src/network/connectionPool';
import { connectionOptions, loggerOf } from './connection';
import { letGo } from './fetch-broker';

const SETTINGS = { brokers: [], clientId: 'test' };
const TIMEOUTS = { requestTimeoutMs: 1_000, connectionTimeoutMs: 1_000 };
const LENGTH_BYTES = 4;

/** An answer of so many bytes that nobody has asked for. */
function answer(bytes: number): Buffer {
  const sent = Buffer.alloc(LENGTH_BYTES + bytes);
  sent.writeInt32BE(bytes);
  return sent;
}

describe('a connection that has nothing to do', () => {
  const pool = new ConnectionPool({
    ...connectionOptions(SETTINGS, TIMEOUTS),
    ...{ host: '127.0.0.1', port: 1, logger: loggerOf(SETTINGS) },
  });
  const [connection] = pool.pool;
  afterAll(() => pool.destroy());
  const kept = (): number =>
    (connection?.chunks ?? []).reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

  it('does not keep the answer that it gave last', () => {
    connection?.processData(answer(1_000_000));
    expect(kept()).toBeGreaterThan(1_000_000);
    letGo(pool);
    expect(kept()).toBe(0);
  });

  it('keeps the part of an answer that has come', () => {
    const [first, second] = [answer(100), answer(200)];
    connection?.processData(Buffer.concat([first, second.subarray(0, 50)]));
    letGo(pool);
    expect(connection?.bytesBuffered).toBe(50);
    connection?.processData(second.subarray(50));
    expect(connection?.bytesBuffered).toBe(0);
  });
});
