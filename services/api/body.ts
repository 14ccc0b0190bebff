import { ApiError } from './errors';

const NEWLINE = 0x0a;
const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d;

/** The lines of a body that are not empty, without copying them. @throws ApiError if too many */
export function linesOf(body: Buffer, countMax: number): Buffer[] {
  const lines: Buffer[] = [];
  let from = 0;
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) from = 3; // a byte order mark
  while (from < body.length) {
    const end = body.indexOf(NEWLINE, from);
    const next = end < 0 ? body.length : end;
    let last = next;
    while (last > from && isBlank(body[last - 1])) last -= 1;
    if (last > from) lines.push(body.subarray(from, last));
    if (lines.length > countMax) throw tooMany(countMax);
    from = next + 1;
  }
  return lines;
}

/** The elements of a JSON array, each as the JSON of its own. @throws ApiError */
export function elementsOf(body: Buffer, countMax: number): Buffer[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    parsed = undefined; // the engine's message quotes the body, which is customer data
  }
  if (!Array.isArray(parsed)) {
    throw new ApiError('TM_NOT_JSON', 'send a JSON array of events, or JSON Lines');
  }
  if (parsed.length > countMax) throw tooMany(countMax);
  try {
    return parsed.map((element: unknown) => Buffer.from(textOf(element)));
  } catch (error) {
    // JSON is read to any depth, and written as deep as the stack allows
    if (error instanceof RangeError) throw new ApiError('TM_NOT_JSON', 'it is nested too deeply');
    throw error;
  }
}

/** A number too large to be one would be written as null, which says that there is none. */
function textOf(element: unknown): string {
  const text = JSON.stringify(element);
  return text.includes('null') ? JSON.stringify(element, overflown) : text;
}

const overflown = (_name: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

const tooMany = (countMax: number): ApiError =>
  new ApiError('TM_TOO_MANY_EVENTS', `send at most ${countMax} events in one request`);
