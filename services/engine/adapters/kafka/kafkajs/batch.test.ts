import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { BadBatch, batchesIn, startOf, takeRecord, varint, type Batch } from './batch';
import { uncompressed } from './batch-compression';
import { crc32c } from './batch-crc';
import { makeBatch, recordOf, varintOf } from './batch.fixture';
import { lz4Frame, TooLarge } from './batch-lz4';

function recordsOf(batch: Batch): unknown[] {
  const place = startOf(batch);
  const found: unknown[] = [];
  while (place.left > 0) {
    const { offset, key, value, timestamp } = takeRecord(batch, place);
    const name = key === undefined ? null : Buffer.from(key).toString();
    found.push([offset, name, Buffer.from(value).toString(), timestamp]);
  }
  return found;
}

const abc = makeBatch({ offset: 10, records: [[0, 'k', 'a'], [3, null, 'b'], [4, 'l', null]] }); // prettier-ignore

describe('a batch', () => {
  it('passes over keys that nobody looks at', () => {
    const [batch] = batchesIn(abc);
    if (batch === undefined) throw new Error('there is no batch');
    const place = startOf(batch);
    const read = [10, 13, 14].map(() => takeRecord(batch, place, false));
    expect(read.map(({ offset, value }) => [offset, Buffer.from(value).toString()])).toEqual([
      [10, 'a'],
      [13, 'b'],
      [14, ''],
    ]);
    expect(read.every(({ key }) => key === undefined)).toBe(true);
  });

  it('gives its records with their offsets, those of compacted ones with gaps', () => {
    const [batch] = batchesIn(abc);
    expect(batch).toMatchObject({ baseOffset: 10, lastOffset: 14, count: 3, transactional: false });
    expect(batch === undefined ? [] : recordsOf(batch)).toEqual([
      [10, 'k', 'a', 1000],
      [13, null, 'b', 1000],
      [14, 'l', '', 1000],
    ]);
  });

  it('gives the time of the append to all its records, where it has one', () => {
    const [batch] = batchesIn(makeBatch({ offset: 0, appendTime: 77, records: [[0, null, 'a']] }));
    expect(batch === undefined ? [] : recordsOf(batch)).toEqual([[0, null, 'a', 77]]);
  });

  it('is left out when the broker has cut it, wherever it has', () => {
    for (let cut = 1; cut <= abc.length; cut += 1) {
      const section = Buffer.concat([abc, abc.subarray(0, abc.length - cut)]);
      expect(batchesIn(section).length).toBe(1);
    }
  });

  it('is refused when a byte of what its checksum covers has changed', () => {
    for (let at = 17; at < abc.length; at += 1) {
      const altered = Buffer.from(abc);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(() => batchesIn(altered)).toThrow(BadBatch);
    }
  });

  it('is refused in an older format', () => {
    const old = Buffer.from(abc);
    old.writeInt8(1, 16);
    expect(() => batchesIn(old)).toThrow('format 1');
  });

  it('is refused when a record says that it is longer than it is', () => {
    const record = recordOf([0, null, Buffer.from('a')]);
    record[0] = 120;
    const made = { offset: 5, records: [[0, null, 'a'] as const], body: record };
    const [batch] = batchesIn(makeBatch(made));
    expect(() => batch && recordsOf(batch)).toThrow('the batch at 5');
  });

  it('is read from gzip, and refused in a compression that nobody knows', async () => {
    const body = gzipSync(recordOf([0, null, Buffer.from('packed')]));
    const packed = { offset: 0, records: [[0, null, ''] as const], body };
    const [gzip] = batchesIn(makeBatch({ ...packed, compression: 1 }));
    const [unknown] = batchesIn(makeBatch({ ...packed, compression: 5 }));
    if (gzip === undefined || unknown === undefined) throw new Error('no batch');
    expect(recordsOf(await uncompressed(gzip))).toEqual([[0, null, 'packed', 1000]]);
    await expect(uncompressed(unknown)).rejects.toThrow('codec 5');
  });
});

describe('a batch that was made to fill the memory', () => {
  const MANY = (64 << 20) + 1;
  const refused = async (compression: number, body: Buffer): Promise<void> => {
    const made = { offset: 7, records: [[0, null, ''] as const], compression, body };
    const [batch] = batchesIn(makeBatch(made));
    if (batch === undefined) throw new Error('no batch');
    const failed = uncompressed(batch);
    await expect(failed).rejects.toThrow(BadBatch);
    await expect(failed).rejects.toThrow('more than 64 MiB');
  };
  const declaring = (bytes: number): Buffer => {
    const head: number[] = [];
    for (let rest = bytes; ; rest = Math.floor(rest / 128)) {
      head.push((rest % 128) | (rest < 128 ? 0 : 128));
      if (rest < 128) return Buffer.from(head);
    }
  };

  it('is refused in gzip', () => refused(1, gzipSync(Buffer.alloc(MANY))));

  it('is refused in snappy, whole or in blocks', async () => {
    await refused(2, Buffer.concat([declaring(MANY), Buffer.from([0, 0x61])]));
    const half = declaring(MANY / 2 + 1);
    const block = Buffer.concat([Buffer.from([0, 0, 0, half.length]), half]);
    const head = Buffer.from('82534e415050590000000001' + '00000001', 'hex');
    await refused(2, Buffer.concat([head, block, block]));
  });
});

it('reads every whole number of a record, negative and beyond 32 bits', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const whole = Math.trunc(value / 4) + 0; // doubled by zigzag, it stays exact
      const cursor = { at: 0 };
      const bytes = varintOf(whole);
      expect(varint(bytes, cursor)).toBe(whole);
      expect(cursor.at).toBe(bytes.length);
    }),
  );
});

it('knows the checksums that others give', () => {
  const of = (bytes: Buffer): number => crc32c(bytes, 0, bytes.length);
  // RFC 3720, B.4
  expect(of(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(of(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(of(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
  expect(of(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.from('x123456789y'), 1, 10)).toBe(0xe3069283);
});

describe('an LZ4 frame', () => {
  const frame = (...blocks: Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from('04224d1860400000'.slice(0, 14), 'hex'),
      ...blocks,
      Buffer.alloc(4),
    ]);
  const blockOf = (bytes: number[], stored = false): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE((bytes.length + (stored ? 0x80000000 : 0)) >>> 0);
    return Buffer.concat([size, Buffer.from(bytes)]);
  };
  const ab = [0x61, 0x62];
  const MOST = 1000;

  it('is literals, copies, copies over themselves and from earlier blocks, and stored blocks', () => {
    const run = blockOf([0x2f, ...ab, 2, 0, 3, 0x10, 0x63]); // ab, 22 more of it, c
    expect(lz4Frame(frame(run), MOST).toString()).toBe(`${'ab'.repeat(12)}c`);
    expect(lz4Frame(frame(blockOf(ab, true), blockOf([0x00, 2, 0])), MOST).toString()).toBe(
      'ababab',
    );
    const many = Array.from({ length: 300 }, (_, i) => i & 0xff);
    expect([...lz4Frame(frame(blockOf([0xf0, 255, 30, ...many])), MOST)]).toEqual(many);
  });

  it('is refused when it is cut, or copies from before its beginning', () => {
    expect(() => lz4Frame(frame(blockOf([0x10, 0x61, 2, 0])), MOST)).toThrow('before the frame');
    expect(() => lz4Frame(frame(blockOf([0x50, 0x61])), MOST)).toThrow('cut');
    expect(() => lz4Frame(Buffer.from('no frame at all'), MOST)).toThrow('no LZ4 frame');
  });

  it('is refused when it holds more than may be, whether it says so or not', () => {
    const run = [0x2f, ...ab, 2, 0, 3, 0x10, 0x63];
    expect(lz4Frame(frame(blockOf(run)), 25)).toHaveLength(25);
    expect(() => lz4Frame(frame(blockOf(run)), 24)).toThrow(TooLarge);
    const endless = frame(blockOf([0x1f, 0x61, 1, 0, ...Array<number>(900).fill(255), 0, 0x00]));
    expect(() => lz4Frame(endless, MOST)).toThrow(TooLarge);
    const saying = Buffer.from('04224d18684000000000010000000000', 'hex');
    expect(() => lz4Frame(saying, MOST)).toThrow(TooLarge);
  });
});
