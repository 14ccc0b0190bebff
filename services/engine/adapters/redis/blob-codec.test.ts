import { crc32 } from 'node:zlib';
import { StateLost } from '../../errors';
import type { Blob } from '../../ports';
import { decodeBlob, decodeBlobIfWhole, decodeHead, isEntryOf, packBlobs } from './blob-codec';
import { bucketOf, hashOf } from './place';

const blob = (more: Partial<Blob> = {}): Blob => ({
  ...{ key: 'bank:客户-1', step: 2 ** 33 + 5, dueAt: 1.5, bytes: new Uint8Array([1, 2, 3]) },
  ...more,
});

/** Cuts packed blobs up as the script does. */
function unpack(packed: Uint8Array): { bucket: number; key: string; value: Buffer }[] {
  const buffer = Buffer.from(packed);
  const pieces = [];
  for (let at = 0; at < buffer.length;) {
    const bucket = buffer.readUInt16BE(at);
    const keyEnd = at + 6 + buffer.readUInt32BE(at + 2);
    const key = buffer.subarray(at + 6, keyEnd).toString();
    const end = keyEnd + 4 + buffer.readUInt32BE(keyEnd);
    pieces.push({ bucket, key, value: buffer.subarray(keyEnd + 4, end) });
    at = end;
  }
  return pieces;
}

function valueOf(one: Blob): Buffer {
  const [piece] = unpack(packBlobs([one], 0, 1000).bytes);
  if (piece === undefined) throw new Error('nothing was packed');
  return piece.value;
}

describe('a state as Redis keeps it', () => {
  it.each([
    ['a state', blob()],
    ['an empty state', blob({ bytes: new Uint8Array() })],
    ['a state that is never due', blob({ dueAt: Infinity })],
    ['a tombstone', blob({ bytes: undefined })],
    ['the greatest step', blob({ step: Number.MAX_SAFE_INTEGER })],
  ])('is what it was: %s', (_, one) => {
    const value = valueOf(one);
    expect(decodeBlob(one.key, value)).toEqual(one);
    const { key, step, dueAt } = one;
    const removed = one.bytes === undefined;
    expect(decodeHead(key, value.subarray(0, 17))).toEqual({ key, step, dueAt, removed });
    expect(isEntryOf(value.subarray(8, 17), value)).toBe(true);
  });

  it('has the checksum that states of earlier releases have', () => {
    const value = valueOf(blob());
    const checked = Buffer.concat([value.subarray(0, 17), value.subarray(21)]);
    expect(value.readUInt32BE(17)).toBe(crc32(checked, hashOf('bank:客户-1')));
  });

  it('is damaged when any of its bits is another, or when it is of another key', () => {
    const value = valueOf(blob());
    for (let bit = 0; bit < 8 * value.length; bit += 1) {
      const damaged = Buffer.from(value);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(decodeBlobIfWhole('bank:客户-1', damaged)).toBeUndefined();
    }
    expect(decodeBlobIfWhole('bank:客户-2', value)).toBeUndefined();
    expect(decodeBlobIfWhole('bank:客户-1', value.subarray(0, 20))).toBeUndefined();
    expect(() => decodeBlob('bank:客户-2', value)).toThrow(StateLost);
  });
});

describe('states in one argument', () => {
  const many = Array.from({ length: 10 }, (_, i) => blob({ key: `key ${i}`, step: i }));

  it('name the bucket of each', () => {
    const pieces = unpack(packBlobs(many, 0, 1000).bytes);
    expect(pieces.map(({ key }) => key)).toEqual(many.map(({ key }) => key));
    expect(pieces.map(({ bucket }) => bucket)).toEqual(many.map(({ key }) => bucketOf(key)));
  });

  it('are divided at a size, at least one to a part, none left out', () => {
    for (const bytesMax of [1, 100, 200]) {
      const keys: string[] = [];
      for (let from = 0; from < many.length;) {
        const { bytes, next } = packBlobs(many, from, bytesMax);
        expect(next).toBeGreaterThan(from);
        expect(bytes.length <= bytesMax || next === from + 1).toBe(true);
        keys.push(...unpack(bytes).map(({ key }) => key));
        from = next;
      }
      expect(keys).toEqual(many.map(({ key }) => key));
    }
  });

  it('may be none', () => {
    expect(packBlobs([], 0, 1)).toEqual({ bytes: Buffer.alloc(0), next: 0 });
  });
});
