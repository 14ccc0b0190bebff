import { murmur2, partitionOf } from './partitioner';

describe('the partitioner', () => {
  // the vectors of Kafka's own test (UtilsTest.testMurmur2)
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
  });

  it('hashes the UTF-8 bytes of a key, and answers a partition that exists', () => {
    for (let n = 0; n < 1000; n += 1) {
      const partition = partitionOf(`机构-${n}:客户-${n}`, 7);
      expect(Number.isInteger(partition) && partition >= 0 && partition < 7).toBe(true);
    }
    expect(partitionOf('foobar', 10)).toBe((-790332482 & 0x7fffffff) % 10);
  });

  it('spreads keys evenly', () => {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 10_000; n += 1) {
      const partition = partitionOf(`bank-1:c${n}`, counts.length);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_500)).toBeLessThan(250);
  });
});
