import { sha256 } from '@noble/hashes/sha2';
import { utf8ToBytes } from '@noble/hashes/utils';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** RFC 8785 JSON: names sorted by UTF-16 code units, no white space; undefined members left out. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * SHA-256 in hex of a text in UTF-8. Joined at once: states keep hashes, and a text that grows byte by
 * byte keeps all its parts alive.
 */
export const digestOfText = (text: string): string =>
  Array.from(sha256(utf8ToBytes(text)), (byte) => HEX[byte]).join('');

/** SHA-256 in hex of the canonical JSON of a value. */
export const digest = (value: Json): string => digestOfText(canonicalJson(value));
