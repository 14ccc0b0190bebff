/** Business sub-items B1, B2, B3 and B5 (E-B1 to E-B5, sections 12.4 to 12.6 and 15). */
import { localDay } from './calendar';
import {
  bandScore,
  eventsInDates,
  known,
  missingWith,
  sumCny,
  transactionsIn,
  type Facts,
  type ItemScore,
} from './facts';
import { countriesNamed, countryLevels } from './geography';
import { HIGH_RISK_BUSINESS, MISSING_SCORE, type Segment } from './lists';
import type { Transaction } from './records';

const YUAN = 100n;

/** @param i3Score cash that the industry does not explain raises 3 and 4 by one (12.4). */
export function scoreB1(facts: Facts, segment: Segment, i3Score: number): ItemScore {
  const cash = sumCny(transactionsIn(facts, 30).filter((tx) => tx.kind === 'cash'));
  const thousand = 1000n * YUAN;
  const bands: [bigint, number][] =
    segment === 'NP'
      ? [
          [0n, 1],
          [50n * thousand, 2],
          [200n * thousand, 3],
          [500n * thousand, 4],
          [1000n * thousand, 5],
        ]
      : [
          [0n, 1],
          [200n * thousand, 2],
          [500n * thousand, 3],
          [1000n * thousand, 4],
          [3000n * thousand, 5],
        ];
  const score = bandScore(bands, cash);
  return known(i3Score === 1 && (score === 3 || score === 4) ? score + 1 : score);
}

function isOnline(tx: Transaction): boolean {
  return tx.channel === 'online';
}

/** Transfers and remittances between a company (sole traders too) and a natural person. */
function companyNaturalFlows(transactions: Transaction[], segment: Segment): Transaction[] {
  const otherSide = segment === 'NP' ? ['entity', 'sole_trader'] : ['natural'];
  return transactions.filter(
    (tx) =>
      isFlow(tx) && tx.counterpartyKind !== undefined && otherSide.includes(tx.counterpartyKind),
  );
}

function isFlow(tx: Transaction): boolean {
  return tx.kind === 'transfer' || tx.kind === 'remittance';
}

function isAway(ipRegion: string | undefined, openingRegion: string | undefined): boolean {
  if (ipRegion === undefined) return false;
  if (!/^\d{6}$/.test(ipRegion)) return ipRegion !== 'CN';
  return openingRegion !== undefined && ipRegion.slice(0, 4) !== openingRegion.slice(0, 4);
}

function hitsB22(facts: Facts): boolean {
  const online = transactionsIn(facts, 30).filter(isOnline);
  const away = online.filter((tx) => isAway(tx.ipRegion, facts.profile.openingRegion));
  return online.length >= 10 && away.length * 2 >= online.length;
}

function hitsB24(facts: Facts, segment: Segment): boolean {
  const bound = (segment === 'NP' ? 2_000_000n : 20_000_000n) * YUAN;
  return transactionsIn(facts, 30).some((tx) => isOnline(tx) && BigInt(tx.amountCny) >= bound);
}

function hitsB25(facts: Facts, segment: Segment): boolean {
  const flows = companyNaturalFlows(transactionsIn(facts, 30), segment).filter(
    (tx) => tx.product !== 'payroll',
  );
  return flows.length >= 10 || sumCny(flows) >= 2_000_000n * YUAN;
}

function hitsB26(facts: Facts, segment: Segment): boolean {
  if (segment !== 'EN') return false;
  const affiliates = new Set(
    (facts.profile.parties ?? [])
      .filter((party) => party.role === 'affiliate')
      .map((party) => party.partyId),
  );
  const related = facts.transactions.filter(
    (tx) => tx.counterpartyId !== undefined && affiliates.has(tx.counterpartyId),
  );
  const datesAgo = (tx: Transaction): number => facts.today - localDay(tx.occurredAt);
  const recent = sumCny(related.filter((tx) => datesAgo(tx) < 30));
  const before = sumCny(related.filter((tx) => datesAgo(tx) >= 30 && datesAgo(tx) < 210));
  // usual = before / 6; recent >= 3 * usual, without a fraction.
  return recent >= 10_000_000n * YUAN && recent * 6n >= 3n * before;
}

export function scoreB2(facts: Facts, segment: Segment): ItemScore {
  const hits = [
    facts.linkedPatterns.has('B2.1'),
    hitsB22(facts),
    facts.linkedPatterns.has('B2.3'),
    hitsB24(facts, segment),
    hitsB25(facts, segment),
    hitsB26(facts, segment),
  ].filter((hit) => hit).length;
  if (hits > 0)
    return known(
      bandScore(
        [
          [1, 3],
          [2, 4],
          [3, 5],
        ],
        hits,
      ),
    );
  const recent = transactionsIn(facts, 90);
  const online = recent.filter(isOnline).length;
  // A securities firm trades online by nature: its share is ignored (E-B2).
  const mostlyOnline =
    facts.profile.institutionType !== 'securities' &&
    recent.length > 0 &&
    online * 2 >= recent.length;
  return known(mostlyOnline ? 2 : 1);
}

export function scoreB3(facts: Facts): ItemScore {
  const reports = eventsInDates(facts, ['cross_border_alert'], 365).length;
  if (reports > 0) return known(reports >= 2 ? 5 : 4);
  const flows = transactionsIn(facts, 180).filter((tx) => tx.crossBorder === true);
  if (flows.length === 0) return known(1);
  const levels = [...countriesNamed(flows)].map((country) => {
    const { g1, g2, g3 } = countryLevels(facts, country);
    return Math.max(g1, g2, g3);
  });
  return known(Math.max(1, ...levels) >= 3 ? 3 : 2);
}

/** Products named by the transactions of the last 180 dates. */
export function transactedProducts(facts: Facts): string[] {
  return transactionsIn(facts, 180)
    .map((tx) => tx.product)
    .filter((product) => product !== undefined);
}

export function isHighRisk(product: string): boolean {
  return HIGH_RISK_BUSINESS.includes(product);
}

/** Indicators met in 90 dates, plus one for a high-risk product used in 180 (12.6). */
function countB5(facts: Facts, segment: Segment): number {
  const recent = transactionsIn(facts, 90);
  const accounts = eventsInDates(facts, ['account_opened', 'account_closed'], 90).length;
  const largeFlows = companyNaturalFlows(recent, segment).filter(
    (tx) => BigInt(tx.amountCny) >= 50_000n * YUAN,
  ).length;
  const naturalRemittances = recent.filter(
    (tx) =>
      isFlow(tx) &&
      tx.crossBorder === true &&
      (segment === 'NP' || tx.counterpartyKind === 'natural'),
  ).length;
  const alerts = eventsInDates(facts, ['alert_closed'], 90).length;
  return [
    accounts >= 4,
    largeFlows >= 10,
    naturalRemittances >= 5,
    alerts >= 3,
    transactedProducts(facts).some(isHighRisk),
  ].filter((met) => met).length;
}

export function scoreB5(facts: Facts, segment: Segment): ItemScore {
  const { expectedBusiness, usedBusiness } = facts.profile;
  const stated = [...(expectedBusiness ?? []), ...(usedBusiness ?? [])].some(isHighRisk);
  const measured = bandScore(
    [
      [0, stated ? 2 : 1],
      [1, 3],
      [2, 4],
      [3, 5],
    ],
    countB5(facts, segment),
  );
  if (expectedBusiness === undefined && usedBusiness === undefined) {
    return missingWith(MISSING_SCORE.B5, measured);
  }
  return known(measured);
}
