import { parseInstant } from '@tidemark/schemas/iso-time';
import { UsageFault } from './exit';

/**
 * An instant that an option names, UTC milliseconds.
 * @throws UsageFault when it is none
 */
export function instantOf(text: string, option: string): number {
  // Fewer digits are a year, a date or seconds, not milliseconds since 1970.
  const instant = /^\d{12,15}$/.test(text) ? Number(text) : parseInstant(text);
  if (instant === undefined) {
    throw new UsageFault(
      `${option}: '${text}' is no instant; write e.g. 2026-03-04T12:00:00+08:00 (with an offset),` +
        ' or UTC milliseconds',
    );
  }
  return instant;
}
