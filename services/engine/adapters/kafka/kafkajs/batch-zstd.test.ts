import { BadBatch, batchesIn, type Batch } from './batch';
import { uncompressed } from './batch-compression';
import { makeBatch } from './batch.fixture';
import { TooLarge } from './batch-lz4';
import { zstdFrame } from './batch-zstd';

const MOST = 64 << 20;
const RAW = 0;
const RUN = 1;

interface Block {
  readonly kind: number;
  readonly size: number;
  readonly bytes: Buffer;
}

const raw = (text: string): Block => ({ kind: RAW, size: text.length, bytes: Buffer.from(text) });
const run = (size: number): Block => ({ kind: RUN, size, bytes: Buffer.from('r') });

/** A frame of these blocks; says of itself what it is told to say. */
function frameOf(
  blocks: readonly Block[],
  says: { content?: number; window?: number } = {},
): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, says.window ?? 0x58]);
  const content = Buffer.alloc(says.content === undefined ? 0 : 8);
  if (says.content !== undefined) {
    head.writeUInt8(0xc0, 4);
    content.writeBigUInt64LE(BigInt(says.content));
  }
  const parts = blocks.flatMap(({ kind, size, bytes }, i) => {
    const blockHead = Buffer.alloc(3);
    blockHead.writeUIntLE((size << 3) | (kind << 1) | Number(i === blocks.length - 1), 0, 3);
    return [blockHead, bytes];
  });
  return Buffer.concat([head, content, ...parts]);
}

function batchOf(body: Buffer): Batch {
  const made = { offset: 7, records: [[0, null, ''] as const], compression: 4, body };
  const [batch] = batchesIn(makeBatch(made));
  if (batch === undefined) throw new Error('no batch');
  return batch;
}

describe('a frame of zstd', () => {
  const abc = frameOf([raw('abc')]);

  it('is blocks as they are, runs, and blocks as the zstd of its makers packs them', () => {
    const blocks = [raw('abc'), run(3)];
    expect(zstdFrame(frameOf(blocks, { window: 0xff }), 6).toString()).toBe('abcrrr');
    expect(zstdFrame(frameOf(blocks, { content: 6 }), 6).toString()).toBe('abcrrr');
    for (const packed of Object.values(PACKED)) {
      expect(zstdFrame(Buffer.from(packed, 'base64'), MOST).toString()).toBe(TEXT);
    }
  });

  it.each([
    ['cut off', abc.subarray(0, -1)],
    ['followed by another', Buffer.concat([abc, abc])],
    ['with a block of no kind', frameOf([{ ...raw('abc'), kind: 3 }])],
    ['of another magic', Buffer.concat([Buffer.alloc(4), abc.subarray(4)])],
    ['that is none', Buffer.alloc(3)],
  ])('is refused %s', async (_, body) => {
    await expect(uncompressed(batchOf(body))).rejects.toThrow(BadBatch);
  });

  it('ends, whichever of its bytes is damaged', () => {
    const packed = Buffer.from(PACKED.streamed, 'base64');
    const refused = Array.from(packed, (byte, at) => {
      const damaged = Buffer.from(packed);
      damaged[at] = byte ^ 0x55;
      try {
        return zstdFrame(damaged, MOST).length > MOST;
      } catch (error) {
        return error instanceof Error;
      }
    });
    expect(refused.filter(Boolean).length).toBeGreaterThan(packed.length / 4);
  });

  it('is given up when its weights have no end', () => {
    const endless = '28b52ffd20646d000042410205f003ffffff01010100';
    expect(() => zstdFrame(Buffer.from(endless, 'hex'), MOST, 50)).toThrow('50ms');
  });

  it('is refused when it holds more than may be, whether it says so or not', async () => {
    expect(zstdFrame(frameOf([run(5)]), 5)).toHaveLength(5);
    expect(() => zstdFrame(frameOf([run(6)]), 5)).toThrow(TooLarge);
    const bombs = [
      frameOf(Array.from({ length: 513 }, () => run(128 << 10))),
      frameOf([raw('a')], { content: MOST + 1 }),
    ];
    for (const bomb of bombs) {
      await expect(uncompressed(batchOf(bomb))).rejects.toThrow('more than 64 MiB');
    }
  });
});

const TEXT = Array.from({ length: 40 }, (_, i) => `customer ${(i * i) % 61} pays ${i}`).join('\n');
/** The text through `zstd` 1.5: from a pipe it does not know the size, from a file it does. */
const PACKED = {
  streamed:
    'KLUv/QBolQQAookXE7CpA3jLUoNrSapsKaVMKZY7wYHHRmfebC0TyXQf2aX6TsH10/u1ZD0qKvG1unxrxJ5C78Oi46GRXiyJ/Wma9rIlhRJ4fISe7bzKRH3RpycBIVCaAQmEICmMY1EYIk2oITh+/w3grQYR+AWE8PsGgOFAkLCYA4NMWwSSDIhQSHMUejAjIX3sKEAjSKDqVAU=',
  sized:
    'KLUv/WAOAu0EAFKHExSwGTp4y1KDa0mqyC1lSikdv2QuBtWXUqev+5ZlHdJxufBU5p/ZmfTRI3RrXoo+PN2VTHKzFmEplWf607MWvQHIQCwChkHGYUAoJBAKQU6oYaS+/wago6YNEDSIpA+hZgvpsWBS7LZAG6LzfwK4XgK18J56KQibSDHUanfk5tC+rvV5L1vgqgx9t6bVZlk5ynI6Y9moAbLKvwo=',
};
