import { partitionOf } from '@tidemark/engine/partitioner';
import { copyOf, type Lane } from './copy-lanes';

const lane: Lane = {
  ...{ logical: 'transactions', global: false, next: 0 },
  from: { topic: 'old.transactions.v1', partition: 1 },
  to: { topic: 'new.transactions.v1', partitions: 7 },
};
const record = {
  ...{ offset: 5, timestamp: 1_700_000_000_000 },
  key: Buffer.from('机构-1:客户-8'),
  value: Buffer.from([0, 0, 0, 0, 9, 1]),
  headers: [{ name: 'traceparent', value: Buffer.from('00-1-2-01') }],
};

describe('a copied record', () => {
  it('is as it was, in the partition of its key', () => {
    const copied = copyOf(lane, record);
    expect(copied).toEqual({
      ...{ topic: 'new.transactions.v1', partition: partitionOf('机构-1:客户-8', 7) },
      ...{ key: record.key, value: record.value, timestamp: record.timestamp },
      headers: record.headers,
    });
    expect(copied.partition).not.toBe(lane.from.partition);
  });

  it('with a key that is no text keeps its bytes', () => {
    const key = Buffer.from([0xff, 0xfe, 0]);
    const copied = copyOf(lane, { ...record, key });
    expect(copied.key).toEqual(key);
    expect(copied.partition).toBe(partitionOf(key, 7));
  });

  it('without a key stays in the partition of its number', () => {
    const { offset, timestamp, value } = record;
    const copied = copyOf(lane, { offset, timestamp, value, key: undefined, headers: [] });
    expect(copied).toMatchObject({ key: null, partition: 1 });
    expect(copied).not.toHaveProperty('headers');
  });

  it('that deletes its key does so in the target', () => {
    expect(copyOf(lane, { ...record, value: Buffer.alloc(0) }).value).toBeNull();
  });
});
