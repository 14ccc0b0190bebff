/** What a terminal obeys, ends a line, or turns the direction of text around. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text for people that may hold what others wrote: names, ids, reasons. */
export const printable = (text: string): string => text.replace(OBEYED, '?');
