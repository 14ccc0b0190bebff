import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { EXIT } from '../exit';
import { jsonLines, linesOf, runMain, testFolder, toLines } from '../run-main.fixture';

jest.setTimeout(60_000);

const file = testFolder();
const rate = (...args: readonly string[]) =>
  runMain('rate', '--methodology', 'cn-aml-bank', '--quiet', ...args);
const rateRecords = (records: readonly unknown[], ...args: readonly string[]) =>
  rate('--events', file('events.jsonl', toLines(records)), ...args);

const AT = Date.parse('2025-03-03T02:00:00Z');
const DAY_MS = 86_400_000;

/** What is known of a customer at first; `day` counts from 2025-03-03. */
const profile = (customer: string, day = 0, institution = 'bank-1', set: object = {}) => ({
  type: 'profile-change',
  id: 'p-1',
  institution,
  customer,
  occurredAt: AT + day * DAY_MS,
  set: { customerKind: 'natural', ...set },
});

const report = (customer: string, day: number, id = `str-${day}`) => ({
  type: 'risk-event',
  id,
  institution: 'bank-1',
  customer,
  occurredAt: AT + day * DAY_MS,
  kind: 'str_filed',
  strId: id,
  role: 'subject',
});

const scoreOf = (rating: Record<string, unknown> | undefined, id: string): unknown => {
  const items = rating?.['items'] as { id: string; score: number }[] | undefined;
  return items?.find((item) => item.id === id)?.score;
};

describe('tidemark rate', () => {
  it('prints one rating a customer, by institution and then customer, whatever sorts between them', async () => {
    const names = ['b:c-1', 'a-b:c-1', 'a:c-2', 'a:c-10', 'a.b:c-1'];
    const records = names.map((name) => profile(name.split(':')[1] ?? '', 0, name.split(':')[0]));
    const { code, out } = await rateRecords(records);
    expect(code).toBe(EXIT.ok);
    expect(
      jsonLines(out).map(
        ({ institution, customer }) => `${String(institution)}:${String(customer)}`,
      ),
    ).toEqual(['a:c-10', 'a:c-2', 'a-b:c-1', 'a.b:c-1', 'b:c-1']);
  });

  it('rates at the greatest occurredAt of the events unless told otherwise', async () => {
    const { out } = await rateRecords([profile('c-1', 9), profile('c-2', 1)]);
    expect(jsonLines(out).map(({ asOf }) => asOf)).toEqual([AT + 9 * DAY_MS, AT + 9 * DAY_MS]);
  });

  it('sets what is after as-of aside, counts it, and takes what is at as-of (E-C4)', async () => {
    const records = [profile('c-1'), report('c-1', 5), report('c-1', 8), profile('c-2', 8)];
    const at = new Date(AT + 5 * DAY_MS).toISOString();
    const { code, out, err } = await rateRecords(records, '--as-of', at);
    expect(code).toBe(EXIT.ok);
    expect(jsonLines(out)).toMatchObject([{ customer: 'c-1', asOf: AT + 5 * DAY_MS }]);
    expect(err).toContain('after as-of 2)');
    const before = await rateRecords(records, '--as-of', String(AT + 5 * DAY_MS - 1));
    expect(scoreOf(jsonLines(out)[0], 'C4')).toBe(4);
    expect(scoreOf(jsonLines(before.out)[0], 'C4')).toBe(1);
    expect(before.err).toContain('after as-of 3)');
  });

  it('moves on to an as-of after the last event: what time alone changes is changed (E-C4)', async () => {
    const records = [profile('c-1'), report('c-1', 5)];
    const at = (days: number): string => String(AT + days * DAY_MS);
    const near = await rateRecords(records, '--as-of', at(10));
    const far = await rateRecords(records, '--as-of', at(1_000));
    expect(scoreOf(jsonLines(near.out)[0], 'C4')).toBe(4);
    expect(Number(scoreOf(jsonLines(far.out)[0], 'C4'))).toBeLessThan(4);
  });

  it('keeps a confirmation of the rating that was current in its day, at any later as-of', async () => {
    const confirm = {
      type: 'decision',
      id: 'd-1',
      institution: 'bank-1',
      customer: 'c-1',
      occurredAt: AT + 2 * DAY_MS,
      kind: 'confirm',
      sequence: 1,
      by: 'officer-1',
    };
    const records = [profile('c-1'), confirm, profile('c-2', 20)];
    for (const asOf of [[], ['--as-of', '2025-04-01T00:00:00+08:00']]) {
      const { code, out } = await rateRecords(records, ...asOf);
      expect(code).toBe(EXIT.ok);
      expect(jsonLines(out)[0]).toMatchObject({ customer: 'c-1', sequence: 1, status: 'final' });
    }
  });

  it('looks at no clock: the same input gives the same output twice', async () => {
    const first = await rateRecords([profile('c-1'), report('c-1', 5)]);
    jest.useFakeTimers({ now: AT + 9_999 * DAY_MS, doNotFake: ['nextTick', 'setImmediate'] });
    try {
      expect(await rateRecords([profile('c-1'), report('c-1', 5)])).toEqual(first);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not depend on the order of the lines, nor on lines that stand twice', async () => {
    const records = [
      profile('c-1'),
      { ...profile('c-1', 3), id: 'p-2', set: { pepStatus: 'foreign_pep' } },
      report('c-1', 5),
      report('c-1', 50),
      profile('c-2', 60),
      report('c-2', 61),
    ];
    const facts = ({ sequence: _s, reviewDueOn: _d, ...rest }: Record<string, unknown>): object =>
      rest;
    const expected = jsonLines((await rateRecords(records)).out).map(facts);
    const orders = fc.shuffledSubarray([...records, ...records], { minLength: 12 });
    await fc.assert(
      fc.asyncProperty(orders, async (lines) => {
        const { code, out } = await rateRecords(lines);
        expect(code).toBe(EXIT.ok);
        expect(jsonLines(out).map(facts)).toEqual(expected);
      }),
      { numRuns: 12 },
    );
  });

  it('prints no line for a customer of unknown kind, counts it and ends with 0', async () => {
    const { code, out, err } = await rateRecords([report('c-1', 5), profile('c-2')]);
    expect(code).toBe(EXIT.ok);
    expect(jsonLines(out)).toMatchObject([{ customer: 'c-2' }]);
    expect(err).toContain('not rated: 1 customers of unknown kind; state customerKind for them');
  });

  it('reads .gz files, files without a last line end, empty lines and a byte order mark', async () => {
    const path = file('events.jsonl.gz');
    const [first, second] = linesOf(toLines([profile('c-1'), profile('c-2')]));
    writeFileSync(path, gzipSync(`\ufeff${first}\r\n\n${second}`));
    const { code, out } = await rate('--events', path);
    expect(code).toBe(EXIT.ok);
    expect(jsonLines(out)).toHaveLength(2);
  });

  it('explains a rating on stderr: each sub-item, the sum and the grade (W-1)', async () => {
    const records = [profile('c-1'), profile('c-2')];
    const { out, err } = await rateRecords(records, '--customer', 'bank-1:c-2', '--explain');
    expect(jsonLines(out)).toMatchObject([{ customer: 'c-2' }]);
    expect(err).toContain('bank-1:c-2 at 2025-03-03T02:00:00.000Z');
    expect(err).not.toContain('bank-1:c-1 at');
    for (const id of ['C1', 'C7', 'G1', 'B5', 'I3'])
      expect(err).toMatch(new RegExp(`^${id} `, 'm'));
    expect(err).toMatch(/S = \d+, R = S \/ 5 = [\d.]+: grade \d by score/);
  });
});

describe('records that tidemark rate refuses', () => {
  const bad = [
    profile('c-1'),
    { ...profile('c-1'), id: 'p-2', set: { customerKnd: 'natural' } },
    { ...profile('c-1'), set: { customerKind: 'entity' } },
  ];

  it('are reported with file, line, field path and reason; the rest is rated; the code is 1', async () => {
    const { code, out, err } = await rateRecords(bad);
    const path = file('events.jsonl');
    expect(code).toBe(EXIT.refused);
    expect(jsonLines(out)).toMatchObject([{ customer: 'c-1' }]);
    expect(linesOf(err)).toEqual([
      `${path}:2: set.customerKnd: there is no such field here (unknown-field)`,
      expect.stringMatching(new RegExp(`^${path}:3: .* \\(conflicting-duplicate\\)$`)),
      'refused: 2; keep them with --dead-letters FILE',
      expect.stringContaining('rated 1 customers from 3 records'),
    ]);
  });

  it('are kept as dead letters with coordinates and payload', async () => {
    const path = file('refused.jsonl');
    const { err } = await rateRecords(bad, '--dead-letters', path);
    expect(err).toContain(`refused: 2; they are in ${path}`);
    const letters = jsonLines(readFileSync(path, 'utf8'));
    const events = file('events.jsonl');
    expect(letters).toMatchObject([
      { code: 'unknown-field', field: 'set.customerKnd', source: { file: events, line: 2 } },
      { code: 'conflicting-duplicate', source: { file: events, line: 3 } },
    ]);
    expect(letters.map(({ payload }) => JSON.parse(String(payload)) as unknown)).toEqual(
      bad.slice(1),
    );
  });

  it('are counted beyond the first twenty, not listed', async () => {
    const { err } = await rate('--events', file('many.jsonl', 'x\n'.repeat(500)));
    expect(linesOf(err).filter((line) => line.endsWith('(not-json)'))).toHaveLength(20);
    expect(err).toContain('refused: 500;');
  });

  it('include lines that are not UTF-8, or longer than any record', async () => {
    const path = file('bytes.jsonl');
    const good = JSON.stringify(profile('c-1'));
    const bytes = Buffer.concat([
      Buffer.from(good.replace('c-1', 'c-')),
      Buffer.from([0xb9, 0xfa, 0x0a]),
      Buffer.from(`"${'long '.repeat(500_000)}"\n${good}\n`),
    ]);
    writeFileSync(path, bytes);
    const { code, out, err } = await rate('--events', path);
    expect(code).toBe(EXIT.refused);
    expect(jsonLines(out)).toMatchObject([{ customer: 'c-1' }]);
    expect(err).toContain(`${path}:1: expected UTF-8 without U+FFFD (not-utf8)`);
    expect(err).toContain(`${path}:2: expected at most 1000000 characters`);
  });

  it('never bring what they say to stderr: file, line, field and reason only', async () => {
    const CANARY = 'CANARY';
    const whole = {
      type: 'transaction',
      id: 't-1',
      institution: 'bank-1',
      customer: `${CANARY}-customer`,
      occurredAt: AT,
      txId: 't-1',
      kind: 'cash',
      direction: 'in',
      amount: 1,
      currency: 'CNY',
      amountCny: 1,
      status: 'booked',
    };
    const fields = [...Object.keys(whole), 'counterpartyId', 'channel', 'ipRegion', 'extra'];
    const values = [`${CANARY} /?`, { [CANARY]: CANARY }, [CANARY], `${CANARY}`.repeat(60)];
    const records: unknown[] = fields.flatMap((field) =>
      values.map((value, n) => ({ ...whole, id: `${CANARY}-${field}-${n}`, [field]: value })),
    );
    const profiles = [
      ...['birthDate', 'nationality', 'customerKind', 'netFinancialAssets', 'parties', 'phone'],
      ...['domicile', 'expectedBusiness', 'industry', 'lastScreened', 'pepStatus'],
    ].map((field) => ({ ...profile(`${CANARY}-1`), set: { [field]: [{ partyId: [CANARY] }] } }));
    const conflicting = [profile(CANARY), { ...profile(CANARY), set: { phone: CANARY } }];
    const decision = { kind: 'confirm', sequence: 99, by: CANARY };
    const { type: _, set: __, ...envelope } = profile(CANARY, 1);
    const decisions = [{ type: 'decision', ...envelope, ...decision }];
    const lines = [
      toLines([...records, ...profiles, ...conflicting, ...decisions]),
      `{"customer":"${CANARY}",\n`,
      `${CANARY}\n`,
      `["${CANARY}"]\n`,
    ];
    const all = linesOf(lines.join(''));
    let refused = 0;
    // one at a time: only the first refusals of a run are listed
    for (let from = 0; from < all.length; from += 15) {
      const text = `${all.slice(from, from + 15).join('\n')}\n`;
      const { err } = await rate('--events', file('canary.jsonl', text));
      refused += Number(/^refused: (\d+)/m.exec(err)?.[1] ?? 0);
      expect(err).not.toMatch(/canary(?!\.jsonl)/i);
    }
    expect(refused).toBeGreaterThan(60);
  });
});

describe('faults of a command line end with 2, nothing on stdout, and what to do', () => {
  const events = file('fine.jsonl', toLines([profile('c-1')]));

  it.each([
    ['a missing file', ['--events', '/nowhere/e.jsonl'], /cannot read .*e\.jsonl .*check the path/],
    ['a missing .gz', ['--events', '/nowhere/e.jsonl.gz'], /cannot read .*check the path/],
    ['a folder', ['--events', '/'], /is a folder; name a file/],
    ['a bad --as-of', ['--events', events, '--as-of', 'yesterday'], /write e\.g\. 2026-03-04T12/],
    ['a local --as-of', ['--events', events, '--as-of', '2025-03-04T12:00:00'], /with an offset/],
    ['a year as --as-of', ['--events', events, '--as-of', '2025'], /is no instant/],
    ['seconds as --as-of', ['--events', events, '--as-of', '1740967200'], /milliseconds/],
    ['no --events', [], /required option '--events/],
    ['an unknown option', ['--events', events, '--asof', 'x'], /Did you mean --as-of/],
    [
      'dead letters nowhere',
      ['--events', events, '--dead-letters', '/no/x'],
      /cannot write \/no\/x/,
    ],
    ['dead letters over the events', ['--events', events, '--dead-letters', events], /same file/],
    ['dead letters on stdout', ['--events', events, '--dead-letters', '-'], /name a file/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await rate(...args);
    expect({ code, out }).toEqual({ code: EXIT.usage, out: '' });
    expect(err).toMatch(message);
    expect(readFileSync(events, 'utf8')).not.toBe('');
  });

  it('a misspelt methodology', async () => {
    const { code, err } = await runMain('rate', '--methodology', 'cn-aml-bnk', '--events', events);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("no methodology 'cn-aml-bnk'; use one of cn-aml-bank");
  });

  it('a damaged .gz', async () => {
    const path = file('damaged.jsonl.gz');
    writeFileSync(path, gzipSync(toLines([profile('c-1')])).subarray(0, 40));
    const { code, err } = await rate('--events', path);
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/cannot read .*damaged\.jsonl\.gz .*unexpected end of file/);
  });
});
