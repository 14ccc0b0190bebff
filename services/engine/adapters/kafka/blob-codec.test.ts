import { PartitionStopped } from '../../errors';
import type { Blob } from '../../ports';
import { decodeCheckpoint, encodeCheckpoint } from './blob-codec';

const KEY = 'bank:客户';
const blob: Blob = { key: KEY, step: 7, dueAt: 1_700_000_000_000, bytes: Buffer.from('state') };
const decoded = (value: Uint8Array, key = KEY): Blob =>
  decodeCheckpoint(Buffer.from(key), value, 'topic/0@5');

it('gives back what was written: states, states of no bytes, tombstones, great numbers', () => {
  const blobs: Blob[] = [
    blob,
    { ...blob, bytes: new Uint8Array() },
    { ...blob, bytes: undefined, dueAt: Infinity },
    { ...blob, step: 2 ** 40 + 3, dueAt: -5.5 },
    { ...blob, step: 2 ** 32 - 1 },
  ];
  for (const one of blobs) {
    const { bytes, ...rest } = decoded(encodeCheckpoint(one));
    expect(rest).toEqual({ key: one.key, step: one.step, dueAt: one.dueAt });
    expect(bytes === undefined ? undefined : Buffer.from(bytes)).toEqual(
      one.bytes === undefined ? undefined : Buffer.from(one.bytes),
    );
  }
});

it('refuses every change of a byte, a cut, and the state of another key', () => {
  const value = encodeCheckpoint(blob);
  for (let at = 0; at < value.length; at += 1) {
    const altered = Buffer.from(value);
    altered[at] = (altered[at] ?? 0) ^ 4;
    expect(() => decoded(altered)).toThrow(PartitionStopped);
  }
  for (let length = 0; length < value.length; length += 1) {
    expect(() => decoded(value.subarray(0, length))).toThrow(PartitionStopped);
  }
  expect(() => decoded(value, 'bank:other')).toThrow(PartitionStopped);
});

it('says where an altered state stands, and nothing of what is in it', () => {
  const value = encodeCheckpoint(blob);
  value[value.length - 1] = 0;
  expect(() => decoded(value)).toThrow('topic/0@5');
  expect(() => decoded(value)).not.toThrow(/客户|stat\u0000/);
});

it('keeps no part of the buffer that it was read from', () => {
  const value = encodeCheckpoint(blob);
  const { bytes } = decoded(value);
  value.fill(0);
  expect(Buffer.from(bytes ?? []).toString()).toBe('state');
});
