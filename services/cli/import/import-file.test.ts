import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importFile, type Counts } from './import-file';
import { readMapping } from './mapping-file';

const MAPPING = `
mapping: bank
timeZone: Europe/Berlin
translations:
  side: { C: in, D: out }
shared: { institution: bank-1 }
sources:
  postings:
    absent: ['', 'NULL']
    records:
      - when: row.state != 'planned'
        record:
          type: transaction
          id: { template: 'p-{line}' }
          txId: { column: id }
          customer: { column: account }
          occurredAt: { column: posted, as: time, format: 'yyyy-MM-dd HH:mm' }
          direction: { column: side, translate: side }
          kind: { cel: "row.text.startsWith('cash') ? 'cash' : 'transfer'" }
          amount: { column: amount, as: money, currency: { column: currency } }
          currency: { column: currency }
          amountCny: { cel: "exchangeHalfUp(money(row.amount, row.currency), row.currency, 'CNY', '7.1')" }
          counterpartyCountry: { column: country }
          status: { constant: booked }
  people:
    records:
      - record:
          type: profile-change
          id: { template: '{file}-{line}' }
          customer: { column: no }
          occurredAt: 0
          set:
            birthDate: { column: born, as: day, format: d.M.yyyy }
            pepStatus: { column: pep, translate: { J: foreign_pep }, otherwise: none }
            expectedBusiness: { column: products, split: ';' }
            domicile: { country: { column: land }, region: { column: region } }
          clear: [nationality]
      - when: row.warned == 'J'
        record:
          type: risk-event
          id: { template: 'warn-{line}' }
          customer: { column: no }
          occurredAt: { column: since, as: time, format: epoch-seconds }
          kind: exchange_alert
  old:
    separator: ';'
    encoding: gb18030
    trim: true
    columns: [no, note]
    shared: { type: profile-change, customer: { column: no }, occurredAt: 0 }
    records:
      - record: { id: '1', set: { extra: { note: { column: note } } } }
      - when: row.note == 'twice'
        record: { id: '1' }
`;

const folder = mkdtempSync(join(tmpdir(), 'import-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Imported {
  readonly records: readonly Record<string, unknown>[];
  readonly reports: readonly string[];
  readonly counts: Counts;
}

async function importText(
  text: string | Buffer,
  sourceName = 'postings',
  name = 'x.csv',
): Promise<Imported> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const source = readMapping(MAPPING, 'm.yaml').sources.find((s) => s.name === sourceName);
  if (source === undefined) throw new Error('no such source');
  const records: Record<string, unknown>[] = [];
  const reports: string[] = [];
  const counts: Counts = { rows: 0, records: 0, refused: 0, without: 0 };
  await importFile(file, source, {
    counts,
    output: {
      line: (line) => records.push(JSON.parse(line) as Record<string, unknown>),
      flush: async () => undefined,
      closed: () => false,
      end: async () => undefined,
    },
    report: (line) => reports.push(line.replace(`${folder}/`, '')),
    progress: () => undefined,
  });
  return { records, reports, counts };
}

const HEADER = 'id,account,posted,side,text,amount,currency,country,state';
const GOOD = 'a1,c-1,2026-01-05 10:00,C,cash in,12.34,USD,NULL,';
const posting = (change: Record<number, string>): string =>
  GOOD.split(',')
    .map((cell, i) => change[i] ?? cell)
    .join(',');

describe('a posting of a CSV file', () => {
  it('becomes a transaction, whatever the file starts and ends its lines with', async () => {
    const wanted = {
      type: 'transaction',
      id: 'p-2',
      institution: 'bank-1',
      customer: 'c-1',
      occurredAt: Date.parse('2026-01-05T09:00:00Z'),
      txId: 'a1',
      kind: 'cash',
      direction: 'in',
      amount: 1234,
      currency: 'USD',
      amountCny: 8761,
      status: 'booked',
    };
    for (const text of [`${HEADER}\n${GOOD}`, `\ufeff${HEADER}\r\n${GOOD}\r\n`]) {
      expect((await importText(text)).records).toEqual([wanted]);
      expect((await importText(gzipSync(text), 'postings', 'x.csv.gz')).records).toEqual([wanted]);
    }
  });

  it('gives nothing when its condition does not hold, and is counted', async () => {
    const { records, counts } = await importText(`${HEADER}\n${posting({ 8: 'planned' })}\n`);
    expect(records).toEqual([]);
    expect(counts).toEqual({ rows: 1, records: 0, refused: 0, without: 1 });
  });

  it.each([
    [
      'a day that does not exist',
      { 2: '2026-02-30 10:00' },
      "8: column 'posted': occurredAt: names a day",
    ],
    [
      'a time that the clocks skip',
      { 2: '2026-03-29 02:30' },
      "8: column 'posted': occurredAt: no such local time",
    ],
    [
      'a time that occurs twice',
      { 2: '2026-10-25 02:30' },
      "8: column 'posted': occurredAt: occurs twice",
    ],
    [
      'a text without translation',
      { 3: 'X' },
      "25: column 'side': direction: is not in the translation",
    ],
    [
      'too many decimals',
      { 5: '1.234' },
      "35: column 'amount', 'currency': amount: has more than 2 decimals",
    ],
    [
      'an unknown currency',
      { 6: 'ABC' },
      "35: column 'amount', 'currency': amount: the currency is no",
    ],
    ['a negative amount', { 5: '-1' }, "35: column 'amount', 'currency': amount: "],
    ['an unknown country', { 7: 'XX1' }, "45: column 'country': counterpartyCountry: "],
    ['an empty cell of a required field', { 1: '' }, "4: column 'account': customer: is required"],
    ['half of a quoted cell', { 4: 'a"b' }, '28: a quote inside an unquoted cell'],
    ['too many cells', { 8: 'a,b' }, '52: the row has 10 cells, the header 9'],
  ])('is refused for %s, with its line, column and reason', async (_, change, report) => {
    const text = `${HEADER}\n${GOOD}\n${posting(change)}\n${GOOD}\n`;
    const { reports, counts, records } = await importText(text);
    expect(reports.join('\n')).toContain(`x.csv:3:${report}`);
    expect(counts).toMatchObject({ rows: 3, refused: 1, records: 2 });
    expect(records.map(({ id }) => id)).toEqual(['p-2', 'p-4']);
  });

  it('is refused when cells are missing, with the end of its line as the place', async () => {
    const { reports } = await importText(`${HEADER}\n1,2,3\n`);
    expect(reports).toEqual([
      expect.stringMatching(/^x\.csv:2:6: the row has 3 cells, the header 9/),
    ]);
  });

  it('tells all that is wrong with a row, and quotes no cell', async () => {
    const text = `${HEADER}\n${posting({ 2: 'secret', 3: 'secret', 5: 'secret' })}\n`;
    const { reports, counts } = await importText(text);
    expect(reports).toHaveLength(4);
    expect(reports.join()).not.toContain('secret');
    expect(counts.refused).toBe(1);
  });

  it('is found on its own line after line breaks inside quotes', async () => {
    const text = `${HEADER}\r\n${posting({ 4: '"two\r\nlines"' })}\r\n${posting({ 4: '"two\r\nlines"', 5: 'x' })}\r\n`;
    const { reports, records } = await importText(text);
    expect(reports[0]).toMatch(/^x\.csv:5:8: column 'amount'/);
    expect(records.map(({ id }) => id)).toEqual(['p-2']);
  });

  it('is refused when its text is not in the stated encoding', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\n`),
      Buffer.from(GOOD.replace('cash', 'c\u00e9'), 'latin1'),
    ]);
    const { reports } = await importText(bytes);
    expect(reports).toEqual([expect.stringMatching(/^x\.csv:2:27: the text is not utf-8/)]);
  });

  it('is kept when the packed file ends early, and the loss is refused with its line', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) =>
      posting({ 0: `a${(i * 7919) % 100_003}` }),
    );
    const packed = gzipSync([HEADER, ...rows].join('\n'));
    const { counts, reports } = await importText(
      packed.subarray(0, packed.length - 2000),
      'postings',
      'y.csv.gz',
    );
    expect(counts.records).toBeGreaterThan(0);
    expect(counts.refused).toBe(1);
    expect(reports).toEqual([
      expect.stringMatching(/^y\.csv\.gz:\d+:1: the packed data .* from this line on/),
    ]);
  });
});

describe('a profile of a CSV file', () => {
  const header = 'no,born,pep,products,land,region,warned,since';

  it('gives one record or more, with lists, nested fields and what is not stated left out', async () => {
    const text = `${header}\n1,5.1.1970,J,A1; B2,CN,110000,J,86400\n2,,,,,,,\n`;
    const { records } = await importText(text, 'people');
    const envelope = {
      institution: 'bank-1',
      occurredAt: 0,
      clear: ['nationality'],
      type: 'profile-change',
    };
    expect(records).toEqual([
      {
        ...envelope,
        id: 'x.csv-2',
        customer: '1',
        set: {
          birthDate: 4,
          pepStatus: 'foreign_pep',
          expectedBusiness: ['A1', 'B2'],
          domicile: { country: 'CN', region: '110000' },
        },
      },
      {
        type: 'risk-event',
        institution: 'bank-1',
        id: 'warn-2',
        customer: '1',
        occurredAt: 86_400_000,
        kind: 'exchange_alert',
      },
      { ...envelope, id: 'x.csv-3', customer: '2' },
    ]);
  });

  it('is taken whole or not at all', async () => {
    const text = `${header}\n1,5.1.1970,J,,,,J,soon\n`;
    const { records, reports } = await importText(text, 'people');
    expect(records).toEqual([]);
    expect(reports).toEqual([
      expect.stringMatching(/^x\.csv:2:19: column 'since': occurredAt: is no integer/),
    ]);
  });
});

describe('an old file', () => {
  it('is read in its own encoding, with its own separator, and without a header row', async () => {
    const text = Buffer.concat([
      Buffer.from(' 7 ; '),
      Buffer.from([0xbf, 0xcd, 0xbb, 0xa7]),
      Buffer.from('\r\n'),
    ]);
    const { records, reports } = await importText(text, 'old');
    expect(reports).toEqual([]);
    expect(records).toMatchObject([{ customer: '7', set: { extra: { note: '客户' } } }]);
  });

  it('has a row refused that gives one customer two records of one id', async () => {
    const { records, reports } = await importText('7;once\n8;twice\n', 'old');
    expect(records).toHaveLength(1);
    expect(reports).toEqual([expect.stringMatching(/^x\.csv:2:1: id: two records of this row/)]);
  });
});
