/** Records of the six personas of guideline section 13. */
import {
  addEvent,
  addLink,
  addPayment,
  addPayments,
  cleanEntity,
  cleanNatural,
  datesAgo,
  newDraft,
  setProfile,
  yuan,
  type Draft,
} from './draft';
import { DAY_MS, dayOf } from './evaluator/calendar';
import type { Attributes } from './evaluator/records';

/** Local noon of the day on which the personas are rated. */
export const ASOF = Date.parse('2026-03-04T12:00:00+08:00');
const LIVES_HERE = { country: 'CN', region: '310100' };

/** `online` of `count` payments in 90 dates are online; small ones without other traits. */
function addShare(draft: Draft, online: number, count: number): void {
  addPayments(draft, online, { kind: 'trade', channel: 'online' });
  addPayments(draft, count - online, { kind: 'trade', channel: 'counter' });
}

export function p1(): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    birthDate: dayOf(1992, 1, 15),
    infoOpenness: 'audited',
    occupation: 'employee',
    industry: 'C1310',
    expectedBusiness: ['payroll'],
    netFinancialAssets: yuan(350_000),
  });
  addShare(draft, 9, 10);
  return draft;
}

export function p2(changes: Attributes = {}): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    nationality: ['XB'],
    domicile: LIVES_HERE,
    birthDate: dayOf(2005, 9, 1),
    idType: 'passport',
    idIssuer: 'XB',
    idCheck: 'foreign_verified',
    infoOpenness: 'registry',
    occupation: 'student',
    ...changes,
  });
  addPayment(draft, { kind: 'cash', channel: 'counter', amountCny: yuan(50_000) });
  addPayment(draft, {
    kind: 'remittance',
    channel: 'online',
    crossBorder: true,
    counterpartyCountry: 'XB',
    amountCny: yuan(15_000),
  });
  addPayments(draft, 2, { kind: 'trade', channel: 'online', amountCny: yuan(15_000) });
  addPayment(draft, { kind: 'trade', channel: 'counter', amountCny: yuan(5_000) });
  return draft;
}

export function p3(cashFen = yuan(3_000_000)): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanEntity(draft),
    legalForm: 'sole_proprietorship',
    industry: 'F5191',
    establishedDate: dayOf(2024, 7, 1),
    infoOpenness: 'registry',
  });
  addPayment(draft, { kind: 'cash', channel: 'counter', amountCny: cashFen });
  addPayments(draft, 12, {
    direction: 'out',
    channel: 'counter',
    counterpartyKind: 'natural',
    amountCny: yuan(60_000),
  });
  for (const dates of [10, 20, 120, 200]) {
    addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, dates));
  }
  return draft;
}

export function p4(opened = 5): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanEntity(draft),
    industry: 'F5181',
    establishedDate: dayOf(2025, 10, 20),
    channel: 'intermediary',
    infoOpenness: 'partial',
    nomineeShareholder: true,
    boStatus: 'verified',
    agentKind: 'unrelated',
    relationshipStart: ASOF - 100 * DAY_MS,
    parties: [{ partyId: 'o1', role: 'beneficial_owner', domicile: { country: 'XC' } }],
  });
  for (const dates of [10, 120, 200]) {
    addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, dates));
  }
  for (let account = 0; account < opened; account += 1) {
    addEvent(draft, 'account_opened', { accountId: `a${account}` }, datesAgo(draft, 40));
  }
  addPayments(draft, 15, {
    channel: 'online',
    ipRegion: '440300',
    counterpartyKind: 'natural',
    amountCny: yuan(80_000),
  });
  addPayments(draft, 2, {
    kind: 'remittance',
    channel: 'counter',
    crossBorder: true,
    counterpartyCountry: 'XC',
    counterpartyKind: 'entity',
    amountCny: yuan(900_000),
  });
  addLink(draft, 'B2.3');
  addLink(draft, 'B4.4');
  return draft;
}

export function p5(): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    nationality: ['XA'],
    domicile: LIVES_HERE,
    birthDate: dayOf(1968, 1, 1),
    idType: 'passport',
    idIssuer: 'XA',
    idCheck: 'foreign_verified',
    infoOpenness: 'registry',
    occupation: 'homemaker',
    pepStatus: 'relative',
    expectedBusiness: ['deposit'],
  });
  addPayment(draft, {
    kind: 'remittance',
    channel: 'online',
    crossBorder: true,
    counterpartyCountry: 'XA',
  });
  addPayment(draft, { kind: 'trade', channel: 'counter', product: 'private_banking' });
  return draft;
}

export function p6(changes: Attributes = {}, patterns: string[] = ['B4.1', 'B4.3']): Draft {
  const draft = newDraft(ASOF);
  setProfile(draft, {
    ...cleanNatural(draft),
    birthDate: dayOf(1944, 1, 1),
    infoOpenness: 'audited',
    expectedBusiness: ['pension'],
    netFinancialAssets: yuan(200_000),
    agentKind: 'unrelated',
    ...changes,
  });
  for (const pattern of patterns) addLink(draft, pattern);
  return draft;
}
