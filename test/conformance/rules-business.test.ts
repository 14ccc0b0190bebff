import {
  addEvent,
  addLink,
  addPayment,
  addPayments,
  datesAgo,
  type Draft,
  type PaymentFields,
} from './draft';
import { entity, natural, scoreOf, type Facts } from './rules.fixture';
import { compiled, shippedDocument } from '../support/methodologies';

/** The guideline's own examples of sections 2 (business) and 3, on the shipped methodology. */

const pays =
  (count: number, fields: PaymentFields): Facts =>
  (draft) =>
    addPayments(draft, count, fields);
const all =
  (...facts: Facts[]): Facts =>
  (draft) =>
    facts.forEach((add) => add(draft));
const events = (draft: Draft, count: number, kind: string, dates = 1): void => {
  for (let n = 0; n < count; n += 1)
    addEvent(draft, kind, { accountId: `a${n}` }, datesAgo(draft, dates));
};

const alerts = (draft: Draft, count: number, dates: number): void => {
  for (let n = 0; n < count; n += 1) {
    addEvent(draft, 'cross_border_alert', {}, datesAgo(draft, dates));
  }
};

describe('business sub-items', () => {
  it('scores 49,999.99 yuan of cash in 30 days 1 and 50,000.00 yuan 2 (E-B1)', () => {
    const cash = (amountCny: number): Facts => pays(1, { kind: 'cash', amountCny });
    expect(scoreOf(natural({ facts: cash(4_999_999) }), 'B1')).toBe(1);
    expect(scoreOf(natural({ facts: cash(5_000_000) }), 'B1')).toBe(2);
  });

  it('ignores an online share of 49.99%, scores 50% 2, and no share at a securities firm (E-B2)', () => {
    const share = (online: number, others: number): Facts =>
      all(
        pays(online, { kind: 'trade', channel: 'online' }),
        pays(others, { kind: 'trade', channel: 'counter' }),
      );
    expect(scoreOf(natural({ facts: share(4999, 5001) }), 'B2')).toBe(1);
    expect(scoreOf(natural({ facts: share(5, 5) }), 'B2')).toBe(2);
    const set = { institutionType: 'securities' };
    expect(scoreOf(natural({ set, facts: share(5, 5) }), 'B2')).toBe(1);
  });

  it.each([
    ['B2.1', 'B2', 3],
    ['B2.3', 'B2', 3],
    ['B4.1', 'B4', 4],
    ['B4.3', 'B4', 4],
    ['B4.4', 'B4', 4],
  ])('takes the link fact of E-%s until a later one says no (%s, %i)', (pattern, item, score) => {
    const hit: Facts = (draft) => void addLink(draft, pattern, true, draft.asOf - 2);
    const no: Facts = (draft) => void addLink(draft, pattern, false, draft.asOf - 1);
    expect(scoreOf(natural({ facts: hit }), item)).toBe(score);
    expect(scoreOf(natural({ facts: all(hit, no) }), item)).toBe(1);
  });

  it('hits with 5 of 10 online transactions from away and not with 4 (E-B2.2)', () => {
    const away = (count: number): Facts =>
      all(
        pays(count, { channel: 'online', ipRegion: '440300' }),
        pays(10 - count, { channel: 'online', ipRegion: '310100' }),
      );
    expect(scoreOf(natural({ facts: away(4) }), 'B2')).toBe(2);
    expect(scoreOf(natural({ facts: away(5) }), 'B2')).toBe(3);
  });

  it('hits with one online transaction of 2,000,000.00 yuan, of an entity 20,000,000.00 (E-B2.4)', () => {
    const online = (amountCny: number): Facts =>
      all(
        pays(1, { kind: 'trade', channel: 'online', amountCny }),
        pays(9, { channel: 'counter' }),
      );
    expect(scoreOf(natural({ facts: online(199_999_999) }), 'B2')).toBe(1);
    expect(scoreOf(natural({ facts: online(200_000_000) }), 'B2')).toBe(3);
    expect(scoreOf(entity({ facts: online(1_999_999_999) }), 'B2')).toBe(1);
    expect(scoreOf(entity({ facts: online(2_000_000_000) }), 'B2')).toBe(3);
  });

  it('hits with 10 flows, or 2,000,000.00 yuan, between company and natural person (E-B2.5)', () => {
    const flows = (count: number, amountCny: number): Facts =>
      pays(count, { channel: 'counter', counterpartyKind: 'natural', amountCny });
    const nine = all(flows(8, 22_222_222), flows(1, 199_999_999 - 8 * 22_222_222));
    expect(scoreOf(entity({ facts: nine }), 'B2')).toBe(1);
    expect(scoreOf(entity({ facts: all(nine, flows(1, 1)) }), 'B2')).toBe(3);
    expect(scoreOf(entity({ facts: flows(1, 200_000_000) }), 'B2')).toBe(3);
  });

  it('hits with 10,000,000.00 yuan with affiliates at 3 times the usual, not at 2.99 (E-B2.6)', () => {
    const set = { parties: [{ partyId: 'a1', role: 'affiliate' }] };
    /** `now` in 30 days, `before` in each of six months before. */
    const related =
      (now: number, before: number): Facts =>
      (draft) => {
        const fields: PaymentFields = { channel: 'counter', counterpartyId: 'a1' };
        addPayment(draft, { ...fields, amountCny: now });
        addPayment(draft, { ...fields, amountCny: 6 * before }, datesAgo(draft, 100));
      };
    expect(scoreOf(entity({ set, facts: related(1_200_000_000, 400_000_000) }), 'B2')).toBe(3);
    expect(scoreOf(entity({ set, facts: related(1_196_000_000, 400_000_000) }), 'B2')).toBe(1);
    expect(scoreOf(entity({ set, facts: related(999_999_999, 1) }), 'B2')).toBe(1);
  });

  it('scores one abnormal cross-border report in 365 days 4 and two 5 (E-B3)', () => {
    const reports =
      (count: number, dates = 364): Facts =>
      (draft) =>
        alerts(draft, count, dates);
    expect(scoreOf(natural({ facts: reports(1) }), 'B3')).toBe(4);
    expect(scoreOf(natural({ facts: reports(2) }), 'B3')).toBe(5);
    expect(scoreOf(natural({ facts: reports(2, 365) }), 'B3')).toBe(1);
  });

  it('scores an unrelated agent 3, with one pattern 4, with two 5 (E-B4)', () => {
    const set = { agentKind: 'unrelated' };
    const hits =
      (...patterns: string[]): Facts =>
      (draft) =>
        patterns.forEach((pattern) => addLink(draft, pattern));
    expect(scoreOf(natural({ set }), 'B4')).toBe(3);
    expect(scoreOf(natural({ set, facts: hits('B4.1') }), 'B4')).toBe(4);
    expect(scoreOf(natural({ set, facts: hits('B4.1', 'B4.4') }), 'B4')).toBe(5);
  });

  it('hits with the second report on business that an agent did (E-B4.2)', () => {
    const reports =
      (count: number): Facts =>
      (draft) => {
        for (let n = 0; n < count; n += 1) {
          addEvent(draft, 'str_filed', { strId: `s${n}`, role: 'subject', agentId: 'agent-1' });
        }
      };
    expect(scoreOf(natural({ facts: reports(1) }), 'B4')).toBe(1);
    expect(scoreOf(natural({ facts: reports(2) }), 'B4')).toBe(5);
  });

  it('hits with the third account that one agent opens in 90 days (E-B4.3)', () => {
    const opened =
      (count: number): Facts =>
      (draft) => {
        for (let n = 0; n < count; n += 1) {
          addEvent(draft, 'account_opened', { accountId: `a${n}`, agentId: 'agent-1' });
        }
      };
    expect(scoreOf(natural({ facts: opened(2) }), 'B4')).toBe(1);
    expect(scoreOf(natural({ facts: opened(3) }), 'B4')).toBe(4);
  });

  it('counts 4 accounts opened and closed in 90 days and not 3 (E-B5)', () => {
    const moved =
      (closed: number): Facts =>
      (draft) => {
        events(draft, 2, 'account_opened', 89);
        events(draft, closed, 'account_closed', 89);
      };
    expect(scoreOf(natural({ facts: moved(1) }), 'B5')).toBe(1);
    expect(scoreOf(natural({ facts: moved(2) }), 'B5')).toBe(3);
  });

  it('counts 5 cross-border remittances with natural persons in 90 days and not 4 (E-B5.1)', () => {
    const remitted = (count: number): Facts =>
      pays(count, {
        kind: 'remittance',
        channel: 'counter',
        crossBorder: true,
        counterpartyKind: 'natural',
        amountCny: 1,
      });
    expect(scoreOf(entity({ facts: remitted(4) }), 'B5')).toBe(1);
    expect(scoreOf(entity({ facts: remitted(5) }), 'B5')).toBe(3);
  });

  it('scores the union of declared and used business (E-B6)', () => {
    const set = { expectedBusiness: ['deposit'], usedBusiness: ['deposit', 'private_banking'] };
    expect(scoreOf(natural({ set }), 'B5')).toBe(2);
  });

  it('scores holders of a product anew when it is put on the high-risk list, and only them (E-B0)', () => {
    const document = shippedDocument('cn-aml-bank');
    const { highRiskBusiness: list } = document.lists ?? {};
    if (list === undefined) throw new Error('no list of high-risk business');
    const rows = ['correspondent_banking', 'trust', 'private_banking', 'deposit'];
    const extended = compiled({
      ...document,
      lists: { ...document.lists, highRiskBusiness: { ...list, rows } },
    });
    const others = { expectedBusiness: ['fund'] };
    expect([scoreOf(natural(), 'B5'), scoreOf(natural({}, extended), 'B5')]).toEqual([1, 2]);
    expect(scoreOf(natural({ set: others }, extended), 'B5')).toBe(1);
  });
});

describe('industry and occupation', () => {
  it('scores jewellery retail 4 and clothes 1 (I-1)', () => {
    expect(scoreOf(entity({ set: { industry: 'F5245' } }), 'I1')).toBe(4);
    expect(scoreOf(entity({ set: { industry: 'F5232' } }), 'I1')).toBe(1);
  });

  it('scores who was screened without a link 1, a foreign politically exposed person 5 (I-2)', () => {
    expect(scoreOf(natural(), 'I2')).toBe(1);
    const exposed = natural({ set: { pepStatus: 'foreign_pep' } });
    expect([scoreOf(exposed, 'I2'), exposed.rule]).toEqual([5, 'X-H2']);
  });

  it('scores scrap recovery 5 and software 1 (I-3)', () => {
    expect(scoreOf(entity({ set: { industry: 'F5191' } }), 'I3')).toBe(5);
    expect(scoreOf(entity({ set: { industry: 'I6513' } }), 'I3')).toBe(1);
  });

  it('scores owners by industry, employees two lower, others by occupation (I-0)', () => {
    const scores = ['owner', 'employee', 'student'].map((occupation) =>
      scoreOf(natural({ set: { occupation, industry: 'F5245' } }), 'I1'),
    );
    expect(scores).toEqual([4, 2, 2]);
  });
});
