import fc from 'fast-check';
import { parseLine } from './json-lines';
import { INPUT_KINDS, recordsOf } from './records.fixture';

describe('the JSON Lines form', () => {
  it.each(INPUT_KINDS)('gives back every %s', (kind) => {
    fc.assert(
      fc.property(recordsOf(kind), (record) => {
        expect(parseLine(JSON.stringify(record))).toStrictEqual({ ok: true, record });
      }),
    );
  });

  it.each(INPUT_KINDS)('takes null for an optional field that a %s lacks', (kind) => {
    fc.assert(
      fc.property(recordsOf(kind), (record) => {
        const withNull = { ...record, source: null };
        const { source: _none, ...without } = record;
        expect(parseLine(JSON.stringify(withNull))).toStrictEqual({ ok: true, record: without });
      }),
    );
  });

  it('never throws, whatever the line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(parseLine(line).ok).toBe(false);
      }),
    );
  });

  it('says not-json without quoting the line', () => {
    expect(parseLine('{"customer": "Li Lei"')).toEqual({
      ok: false,
      faults: [{ code: 'not-json', field: '', reason: 'expected one JSON object on one line' }],
    });
  });

  it.each(['null', '[]', '"text"', '1'])('refuses %s, which is no object', (line) => {
    expect(parseLine(line)).toMatchObject({ ok: false, faults: [{ code: 'not-an-object' }] });
  });
});
