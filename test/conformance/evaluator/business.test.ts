import {
  addEvent,
  addLink,
  addPayment,
  addPayments,
  cleanEntity,
  cleanNatural,
  datesAgo,
  newDraft,
  reverse,
  setProfile,
  yuan,
  type Draft,
} from '../draft';
import { evaluate } from '../evaluator';
import { DAY_MS } from './calendar';
import type { Attributes } from './records';

const ASOF = Date.parse('2026-03-04T12:00:00+08:00');

function natural(set: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, { ...cleanNatural(draft), ...set });
  return draft;
}

function entity(set: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, { ...cleanEntity(draft), ...set });
  return draft;
}

function score(draft: Draft, id: string): number | undefined {
  return evaluate(draft.records, draft.asOf).items[id]?.score;
}

describe('cash (E-B1)', () => {
  const cashOf = (fen: number, dates = 0): Draft => {
    const draft = natural();
    addPayment(draft, { kind: 'cash', amountCny: fen }, datesAgo(draft, dates));
    return draft;
  };

  it('scores 49,999.99 in 30 days 1 and 50,000.00 2', () => {
    expect(score(cashOf(yuan(49_999.99)), 'B1')).toBe(1);
    expect(score(cashOf(yuan(50_000)), 'B1')).toBe(2);
  });

  it('counts the 29th date before today and not the 30th (12.2)', () => {
    expect(score(cashOf(yuan(50_000), 29), 'B1')).toBe(2);
    expect(score(cashOf(yuan(50_000), 30), 'B1')).toBe(1);
  });

  it('adds one to 3 and 4 where the industry does not explain the cash (12.4)', () => {
    expect([200_000, 500_000, 1_000_000].map((sum) => score(cashOf(yuan(sum)), 'B1'))).toEqual([
      4, 5, 5,
    ]);
  });

  it('leaves out what is reversed by as-of, and nothing for a later reversal', () => {
    const draft = cashOf(0);
    const booked = addPayment(draft, { kind: 'cash', amountCny: yuan(50_000) });
    const reversal = reverse(draft, booked, ASOF);
    expect(score(draft, 'B1')).toBe(1);
    expect(evaluate(draft.records, reversal.occurredAt - 1).items['B1']?.score).toBe(2);
  });
});

describe('patterns of trade that is not face to face (E-B2)', () => {
  it('ignores an online share of 49.99 %, scores 50 % 2, and ignores it at a securities firm', () => {
    const share = (online: number, set: Attributes = {}): Draft => {
      const draft = natural(set);
      addPayments(draft, online, { kind: 'trade', channel: 'online', amountCny: 1 });
      addPayments(draft, 10_000 - online, { kind: 'trade', channel: 'phone', amountCny: 1 });
      return draft;
    };
    expect(score(share(4999), 'B2')).toBe(1);
    expect(score(share(5000), 'B2')).toBe(2);
    expect(score(share(5000, { institutionType: 'securities' }), 'B2')).toBe(1);
  });

  it('hits with 5 of 10 online from away and not with 4 (E-B2.2)', () => {
    const away = (count: number): Draft => {
      const draft = natural();
      addPayments(draft, count, { kind: 'trade', channel: 'online', ipRegion: '320100' });
      addPayments(draft, 10 - count, { kind: 'trade', channel: 'online', ipRegion: '310101' });
      return draft;
    };
    expect(score(away(4), 'B2')).toBe(2);
    expect(score(away(5), 'B2')).toBe(3);
  });

  it('takes the link facts of one operator and one IP (E-B2.1, E-B2.3)', () => {
    const draft = natural();
    addLink(draft, 'B2.1');
    expect(score(draft, 'B2')).toBe(3);
    addLink(draft, 'B2.3');
    expect(score(draft, 'B2')).toBe(4);
    addLink(draft, 'B2.1', false, ASOF);
    expect(score(draft, 'B2')).toBe(3);
  });

  it('hits one online posting of 2,000,000.00, of an entity 20,000,000.00 (E-B2.4)', () => {
    const one = (draft: Draft, amount: number): number | undefined => {
      addPayment(draft, { kind: 'trade', channel: 'online', amountCny: yuan(amount) });
      return score(draft, 'B2');
    };
    expect(one(natural(), 1_999_999.99)).toBe(2);
    expect(one(natural(), 2_000_000)).toBe(3);
    expect(one(entity(), 19_999_999.99)).toBe(2);
    expect(one(entity(), 20_000_000)).toBe(3);
  });

  it('hits 10 flows or 2,000,000.00 between company and person, payroll left out (E-B2.5)', () => {
    const flows = (count: number, each: number, product = 'deposit'): Draft => {
      const draft = natural();
      addPayments(draft, count, { counterpartyKind: 'entity', amountCny: each, product });
      return draft;
    };
    expect(score(flows(9, 1), 'B2')).toBe(1);
    expect(score(flows(10, 1), 'B2')).toBe(3);
    expect(score(flows(1, yuan(1_999_999.99)), 'B2')).toBe(1);
    expect(score(flows(1, yuan(2_000_000)), 'B2')).toBe(3);
    expect(score(flows(10, yuan(2_000_000), 'payroll'), 'B2')).toBe(1);
  });

  it('hits 10,000,000.00 with affiliates at 3 times the usual and not at 2.99 (E-B2.6)', () => {
    const related = (recent: number, before: number): Draft => {
      const draft = entity({ parties: [{ partyId: 'a', role: 'affiliate' }] });
      const fields = { counterpartyId: 'a', counterpartyKind: 'entity' };
      addPayment(draft, { ...fields, amountCny: yuan(recent) }, datesAgo(draft, 29));
      addPayment(draft, { ...fields, amountCny: yuan(before) }, datesAgo(draft, 209));
      return draft;
    };
    expect(score(related(12_000_000, 24_000_000), 'B2')).toBe(3);
    expect(score(related(11_960_000, 24_000_000), 'B2')).toBe(1);
    expect(score(related(10_000_000, 0), 'B2')).toBe(3);
    expect(score(related(9_999_999.99, 0), 'B2')).toBe(1);
  });
});

describe('cross-border, agency and frequency', () => {
  it('scores one abnormal report in 365 days 4, two 5 (E-B3)', () => {
    const draft = natural();
    addEvent(draft, 'cross_border_alert', {}, datesAgo(draft, 364));
    expect(score(draft, 'B3')).toBe(4);
    addEvent(draft, 'cross_border_alert', {}, datesAgo(draft, 365));
    expect(score(draft, 'B3')).toBe(4);
    addEvent(draft, 'cross_border_alert');
    expect(score(draft, 'B3')).toBe(5);
  });

  it('scores a flow by its country, without one 2 (E-B3)', () => {
    const flow = (fields: { counterpartyCountry?: string; overseasFiCountry?: string }): Draft => {
      const draft = natural();
      addPayment(draft, { kind: 'remittance', crossBorder: true, ...fields });
      return draft;
    };
    expect(score(flow({}), 'B3')).toBe(2);
    expect(score(flow({ counterpartyCountry: 'XA' }), 'B3')).toBe(2);
    expect(score(flow({ counterpartyCountry: 'XA', overseasFiCountry: 'XE' }), 'B3')).toBe(3);
  });

  it('scores an unrelated agent 3, with one pattern 4, with two 5 (E-B4)', () => {
    const draft = natural({ agentKind: 'unrelated' });
    expect(score(draft, 'B4')).toBe(3);
    addLink(draft, 'B4.1');
    expect(score(draft, 'B4')).toBe(4);
    addLink(draft, 'B4.4');
    expect(score(draft, 'B4')).toBe(5);
  });

  it('hits the second report on business done by an agent (E-B4.2)', () => {
    const draft = natural();
    const report = (strId: string, days: number): void => {
      addEvent(draft, 'str_filed', { strId, role: 'subject', agentId: 'g' }, ASOF - days * DAY_MS);
    };
    report('s1', 700);
    expect(score(draft, 'B4')).toBe(1);
    report('s2', 730);
    expect(score(draft, 'B4')).toBe(1);
    report('s3', 729);
    expect(score(draft, 'B4')).toBe(5);
  });

  it('hits the third account that one agent opens in 90 days (E-B4.3)', () => {
    const draft = natural();
    for (const accountId of ['a1', 'a2']) {
      addEvent(draft, 'account_opened', { accountId, agentId: 'g' }, datesAgo(draft, 89));
    }
    addEvent(draft, 'account_opened', { accountId: 'a0', agentId: 'g' }, datesAgo(draft, 90));
    addEvent(draft, 'account_opened', { accountId: 'a4', agentId: 'h' });
    expect(score(draft, 'B4')).toBe(1);
    addEvent(draft, 'account_opened', { accountId: 'a3', agentId: 'g' });
    expect(score(draft, 'B4')).toBe(4);
  });

  it('counts 4 accounts opened and closed in 90 days, not 3 (E-B5)', () => {
    const draft = entity();
    for (const kind of ['account_opened', 'account_opened', 'account_closed']) {
      addEvent(draft, kind, { accountId: 'a' });
    }
    expect(score(draft, 'B5')).toBe(1);
    addEvent(draft, 'account_closed', { accountId: 'b' });
    expect(score(draft, 'B5')).toBe(3);
  });

  it('counts 5 cross-border remittances with natural persons in 90 days, not 4 (E-B5.1)', () => {
    const fields = { kind: 'remittance', crossBorder: true, counterpartyKind: 'natural' };
    const draft = entity();
    addPayments(draft, 4, fields);
    expect(score(draft, 'B5')).toBe(1);
    addPayment(draft, fields);
    expect(score(draft, 'B5')).toBe(3);
  });

  it('scores the union of expected and used products; neither stated is missing (E-B6)', () => {
    const both = natural({ expectedBusiness: ['deposit'], usedBusiness: ['private_banking'] });
    expect(score(both, 'B5')).toBe(2);
    const draft = newDraft(ASOF);
    setProfile(draft, { customerKind: 'natural' });
    expect(evaluate(draft.records, ASOF).items['B5']).toEqual({ score: 3, missing: true });
  });
});
