import { UsageFault } from '../exit';
import { openMapping, readMapping, shippedMappings } from './mapping-file';

function faultsOf(text: string): readonly string[] {
  try {
    readMapping(text, 'm.yaml');
  } catch (error) {
    if (error instanceof UsageFault) return error.message.split('\n');
    throw error;
  }
  return [];
}

const source = (record: string, above = ''): string => `mapping: m
${above}
sources:
  s:
    records:
      - record: ${record}
`;

describe('a mapping document', () => {
  it.each(shippedMappings())('%s that is shipped has no fault', (name) => {
    expect(openMapping(name).sources.length).toBeGreaterThan(0);
  });

  it('is refused with all its faults at once, each with place, path and remedy', () => {
    const faults = faultsOf(`mapping: m
timeZone: Asia/Shangai
sources:
  s:
    records:
      - when: row.amount
        record:
          type: transaction
          id: { template: '{line' }
          customer: { colum: c }
          occurredAt: { column: t, as: time, format: yyyy }
          amount: { column: a, as: money }
          amountCny: { cel: 'double(row.a)' }
          currency: { column: b, translate: nowhere }
          direction: { cel: 'row.x +' }
          kind: { column: k, format: iso }
          status: { constant: booked, column: s }
`);
    expect(faults.map((line) => line.replace(/^m\.yaml:(\d+):\d+ {2}(\S+) .*$/, '$1 $2'))).toEqual([
      '2 /timeZone',
      '6 /sources/s/records/0/when',
      '9 /sources/s/records/0/record/id',
      '11 /sources/s/records/0/record/occurredAt/format',
      '12 /sources/s/records/0/record/amount',
      '13 /sources/s/records/0/record/amountCny/cel',
      '14 /sources/s/records/0/record/currency/translate',
      '15 /sources/s/records/0/record/direction/cel',
      '16 /sources/s/records/0/record/kind/format',
      '17 /sources/s/records/0/record/status/constant',
    ]);
    for (const line of faults) expect(line).toMatch(/; \S/);
  });

  it.each([
    ['an unknown field of the frame', 'mapping: m\nsource: {}\nsources: {}', /'source'/],
    ['no source', 'mapping: m', /sources/],
    [
      'a field that the record has not',
      source('{type: decision, kind: confirm, foo: 1}'),
      /record\/foo .*no such field/,
    ],
    [
      'an unknown field that a column gives',
      source('{type: decision, foo: {column: c}}'),
      /record\/foo .*no such field/,
    ],
    [
      'a required field that nothing states',
      source('{type: transaction, id: x}'),
      /customer: is required/,
    ],
    [
      'a constant that is refused',
      source(
        '{type: profile-change, institution: b, id: x, customer: {column: c}, occurredAt: 0, set: {customerKind: person}}',
      ),
      /set\/customerKind/,
    ],
    [
      'row used as a whole',
      source("{type: {cel: 'row.size() > 0 ? string(line) : string(line)'}}"),
      /name each column/,
    ],
    ['an unknown function', source("{type: {cel: 'upper(row.x)'}}"), /upper/],
    ['a variable that does not exist', source("{type: {cel: 'amount'}}"), /amount/],
    [
      'a day that does not exist',
      source(
        '{occurredAt: {column: c, as: time, format: day-offset, startDay: 2026-02-30}}',
        'timeZone: UTC',
      ),
      /startDay .*no such day/,
    ],
    [
      'a currency that does not exist',
      source('{amount: {column: c, as: money, currency: ABC}}'),
      /no such currency/,
    ],
    ['a null', source('{id: }'), /there is no value/],
    ['YAML that is none', 'mapping: [', /m\.yaml:1/],
  ])('is refused for %s', (_, text, message) => {
    expect(faultsOf(text).join('\n')).toMatch(message);
  });

  it('must name columns that its own list of columns has', () => {
    const text = `mapping: m
sources:
  s:
    columns: [a, b]
    records:
      - record: {type: profile-change, institution: i, id: {column: a}, customer: {column: c}, occurredAt: 0}
`;
    expect(faultsOf(text)).toEqual([expect.stringMatching(/columns .*reads column 'c'/)]);
  });

  it('is looked for by name, and a wrong name is told the right ones', () => {
    expect(() => openMapping('nowhere')).toThrow(/use one of amlsim/);
    expect(() => openMapping('./nowhere.yaml')).toThrow(UsageFault);
  });
});
