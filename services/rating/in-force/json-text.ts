import type { GlobalParse } from '@tidemark/schemas/global-records';
import { summed, undecoded, type Decoded } from '../decoded';

/** The object or list that a JSON text holds, null for `null`; undefined when it holds neither. */
export function parseJson<T extends object>(text: string): T | null | undefined {
  try {
    const value: T | null = JSON.parse(text);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The record of a global topic that a text holds. */
export function recordIn<T>(text: string, parse: (value: unknown) => GlobalParse<T>): Decoded<T> {
  const value = parseJson<object>(text);
  if (value === undefined) return undecoded('not-json', null, 'expected one JSON object');
  const parsed = parse(value);
  return parsed.ok ? { ok: true, value: parsed.record } : summed(parsed.faults);
}
