import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

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

/** SHA-256 in hex of a text in UTF-8. */
export const digestOfText = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** SHA-256 in hex of the canonical JSON of a value. */
export const digest = (value: Json): string => digestOfText(canonicalJson(value));
