import { parseMethodologyVersion, parseReferenceListPart } from './global-records';

const VERSION = { id: 'm', version: '1.0.0', document: '{}', activateAt: 0 };
const PART = { name: 'countries', version: '1', validFrom: 0, part: 1, parts: 2, rows: '{}' };

describe('a record of a global topic', () => {
  it('is taken with the fields that it has, instants as text too', () => {
    const at = '2026-03-04T12:00:00+08:00';
    expect(parseMethodologyVersion({ ...VERSION, framework: null, activateAt: at })).toEqual({
      ok: true,
      record: { ...VERSION, activateAt: Date.UTC(2026, 2, 4, 4) },
    });
    expect(parseReferenceListPart(PART)).toEqual({ ok: true, record: PART });
  });

  it.each([
    [parseMethodologyVersion(undefined), 'not-an-object', ''],
    [parseMethodologyVersion([VERSION]), 'not-an-object', ''],
    [parseMethodologyVersion({ ...VERSION, document: {} }), 'wrong-type', 'document'],
    [parseMethodologyVersion({ ...VERSION, id: '' }), 'out-of-range', 'id'],
    [parseMethodologyVersion({ ...VERSION, more: 1 }), 'unknown-field', 'more'],
    [parseMethodologyVersion({ ...VERSION, activateAt: undefined }), 'missing-field', 'activateAt'],
    [parseReferenceListPart({ ...PART, part: 0 }), 'out-of-range', 'part'],
    [parseReferenceListPart({ ...PART, parts: 1.5 }), 'not-an-integer', 'parts'],
  ])('is refused with its fault', (parsed, code, field) => {
    expect(parsed).toMatchObject({ ok: false, faults: [{ code, field }] });
  });
});
