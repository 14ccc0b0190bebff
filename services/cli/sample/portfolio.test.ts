import { createHash } from 'node:crypto';
import { LINK_PATTERNS, RISK_EVENT_KINDS, TRANSACTION_FIELDS } from '@tidemark/schemas/dictionary';
import { parseRecord, type InputRecord } from '@tidemark/schemas/records';
import { kindsInOrder, samplePortfolio } from './portfolio';

const START = Date.UTC(2024, 11, 31, 16); // 2025-01-01 in Asia/Shanghai
const DAY_MS = 86_400_000;
const OPTIONS = { seed: 1, customers: 2_000, days: 365, start: START };

const digest = (records: Iterable<InputRecord>): string => {
  const hash = createHash('sha256');
  for (const record of records) hash.update(JSON.stringify(record));
  return hash.digest('hex');
};

describe('the sample portfolio', () => {
  const records = [...samplePortfolio(OPTIONS)];
  const identity = ({ customer, id }: InputRecord): string => `${customer} ${id}`;

  it('has 2,000 customers and more than 60,000 events over a year', () => {
    expect(new Set(records.map(({ customer }) => customer)).size).toBe(2_000);
    expect(records.length).toBeGreaterThan(60_000);
    expect(records.length).toBeLessThan(150_000);
    const times = records.map(({ occurredAt }) => occurredAt);
    expect(times.every((at) => at >= START && at < START + 365 * DAY_MS)).toBe(true);
    const months = new Set(times.map((at) => new Date(at).getUTCMonth()));
    expect(months.size).toBe(12);
  });

  it('is the same for the same seed and another for another, to the byte', () => {
    const small = { ...OPTIONS, customers: 60 };
    const first = digest(samplePortfolio(small));
    expect(digest(samplePortfolio(small))).toBe(first);
    expect(digest(samplePortfolio({ ...small, seed: 2 }))).not.toBe(first);
  });

  it('keeps its customers when it grows', () => {
    const fewer = samplePortfolio({ ...OPTIONS, customers: 10 });
    const ofTen = records.filter(({ customer }) => customer <= 'c00010');
    expect(digest(fewer)).toBe(digest(ofTen));
  });

  it('holds nothing that would be refused', () => {
    const faults = records.flatMap((record) => {
      const result = parseRecord(record);
      return result.ok ? [] : result.faults;
    });
    expect(faults).toEqual([]);
  });

  it('comes in time order but for a few that are days late', () => {
    let latest = 0;
    const lateBy: number[] = [];
    for (const { occurredAt } of records) {
      if (occurredAt < latest) lateBy.push(latest - occurredAt);
      latest = Math.max(latest, occurredAt);
    }
    expect(lateBy.length).toBeGreaterThan(50);
    expect(lateBy.length).toBeLessThan(records.length / 100);
    expect(Math.max(...lateBy)).toBeLessThan(7 * DAY_MS);
  });

  it('repeats a few records exactly and never one identity with other content', () => {
    const seen = new Map<string, string>();
    let twice = 0;
    let conflicts = 0;
    for (const record of records) {
      const key = identity(record);
      const text = JSON.stringify(record);
      const before = seen.get(key);
      if (before !== undefined) twice += 1;
      if (before !== undefined && before !== text) conflicts += 1;
      seen.set(key, text);
    }
    expect(conflicts).toBe(0);
    expect(twice).toBeGreaterThan(50);
    expect(twice).toBeLessThan(records.length / 100);
  });

  it('has every kind of risk event, transaction and link pattern, hit and cleared', () => {
    const kinds = { event: new Set<string>(), flow: new Set<string>(), link: new Set<string>() };
    for (const record of records) {
      if (record.type === 'risk-event') kinds.event.add(record.kind);
      if (record.type === 'transaction') kinds.flow.add(record.kind);
      if (record.type === 'link-fact') kinds.link.add(`${record.pattern} ${record.hit}`);
    }
    expect([...kinds.event].sort()).toEqual(Object.keys(RISK_EVENT_KINDS).sort());
    expect([...kinds.flow].sort()).toEqual([...(TRANSACTION_FIELDS['kind']?.values ?? [])].sort());
    const links = LINK_PATTERNS.flatMap((pattern) => [`${pattern} false`, `${pattern} true`]);
    expect([...kinds.link].sort()).toEqual(links.sort());
  });

  it('reverses postings, crosses borders to test countries and confirms ratings', () => {
    const flows = records.filter((record) => record.type === 'transaction');
    expect(flows.some(({ status }) => status === 'reversed')).toBe(true);
    const countries = new Set(flows.map(({ counterpartyCountry }) => counterpartyCountry));
    for (const code of ['XA', 'XB', 'XC', 'XD', 'XE', 'XF', 'US']) {
      expect(countries).toContain(code);
    }
    expect(new Set(flows.map(({ currency }) => currency))).toEqual(
      new Set(['CNY', 'USD', 'EUR', 'HKD', 'JPY']),
    );
    expect(records.some(({ type }) => type === 'decision')).toBe(true);
  });

  it('leaves the kind of a few customers unknown', () => {
    const known = new Set<string>();
    for (const record of records) {
      if (record.type === 'profile-change' && record.set?.customerKind !== undefined) {
        known.add(record.customer);
      }
    }
    expect(2_000 - known.size).toBeGreaterThan(0);
    expect(2_000 - known.size).toBeLessThan(20);
  });

  it('mixes at least twenty kinds of customers among the first thousand', () => {
    const names = kindsInOrder(1)
      .slice(0, 1_000)
      .map(({ name }) => name);
    expect(new Set(names).size).toBeGreaterThan(20);
  });
});
