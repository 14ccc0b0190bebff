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

/** A record of a megabyte can have a fault every few bytes: what is told of it must fit in a letter. */
const REASONS_MAX = 20;

/** One refusal for a record: the first fault's code and field, and all reasons that can be read. */
export function summed(
  faults: readonly { readonly code: string; readonly field: string; readonly reason: string }[],
): Undecoded {
  const [first] = faults;
  const more = faults.length - REASONS_MAX;
  const reason = faults
    .slice(0, REASONS_MAX)
    .map((fault) => (fault.field === '' ? fault.reason : `${fault.field}: ${fault.reason}`))
    .concat(more > 0 ? [`and ${more} faults more`] : [])
    .join('; ');
  const field = first?.field ?? '';
  return undecoded(first?.code ?? 'invalid', field === '' ? null : field, reason);
}
