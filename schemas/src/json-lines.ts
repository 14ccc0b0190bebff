import { parseRecord, type ParseOptions, type ParseResult } from './records';

const NOT_JSON: ParseResult = {
  ok: false,
  faults: [{ code: 'not-json', field: '', reason: 'expected one JSON object on one line' }],
};

/** Parses and checks one line of JSON Lines; the caller knows its number. */
export function parseLine(line: string, options: ParseOptions = {}): ParseResult {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return NOT_JSON; // the engine's message quotes the line, which is customer data
  }
  return parseRecord(value, options);
}
