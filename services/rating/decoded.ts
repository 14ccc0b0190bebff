/** What became of bytes from outside: a value, or why there is none. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | Undecoded;

export interface Undecoded {
  readonly ok: false;
  /** For programs. */
  readonly code: string;
  /** Path of the offending field; null where it is the whole record. */
  readonly field: string | null;
  /** A sentence without customer data. */
  readonly reason: string;
}

export const undecoded = (code: string, field: string | null, reason: string): Undecoded => ({
  ok: false,
  code,
  field,
  reason,
});

/** One refusal for a record: the first fault's code and field, all reasons. */
export function summed(
  faults: readonly { readonly code: string; readonly field: string; readonly reason: string }[],
): Undecoded {
  const [first] = faults;
  const reason = faults
    .map((fault) => (fault.field === '' ? fault.reason : `${fault.field}: ${fault.reason}`))
    .join('; ');
  const field = first?.field ?? '';
  return undecoded(first?.code ?? 'invalid', field === '' ? null : field, reason);
}
