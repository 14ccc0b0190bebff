/** Direct rules: X-H1 to X-H6 and direct low with X-L1 to X-L6 (section 5, 12.10, 15). */
import { isUnrelatedAgent } from './agency';
import { isHighRisk, transactedProducts } from './business';
import { DAY_MS } from './calendar';
import { PUBLIC_BODIES } from './customer-items';
import { strsYoungerThan, type Facts } from './facts';
import { countryLevels, ownersAndControllers, relevantPlaces } from './geography';
import { pepLinks } from './industry';
import { LOW_RISK_PRODUCTS, type Segment } from './lists';
import type { Money } from './records';

/** The institution's own criteria (12.10). */
function holdsXH6(facts: Facts, segment: Segment): boolean {
  const { boStatus, relationshipStart } = facts.profile;
  const ownerUnidentified =
    segment === 'EN' &&
    boStatus === 'unknown' &&
    relationshipStart !== undefined &&
    facts.asOf - relationshipStart >= 30 * DAY_MS;
  const forbiddenPlace = relevantPlaces(facts).some((place) => {
    const levels = countryLevels(facts, place.country);
    return levels.g1 === 5 || levels.g2 === 5;
  });
  const frozen = facts.events.some(
    (event) => event.kind === 'judicial_inquiry' && event.measure === 'freeze',
  );
  return ownerUnidentified || forbiddenPlace || frozen;
}

/** All direct-highest rules that hold, in the order of the text. */
export function highestRules(facts: Facts, segment: Segment): string[] {
  const links = pepLinks(facts);
  const holds: [string, boolean][] = [
    ['X-H1', facts.controlListed],
    ['X-H2', links.own.includes('current')],
    [
      'X-H3',
      links.owners.includes('current') ||
        ownersAndControllers(facts).some((party) => party.controlListed === true) ||
        facts.linkedPatterns.has('X-H3'),
    ],
    ['X-H4', strsYoungerThan(facts, 730).length >= 2],
    ['X-H5', facts.profile.cdd === 'refused'],
    ['X-H6', holdsXH6(facts, segment)],
  ];
  return holds.filter(([, hold]) => hold).map(([rule]) => rule);
}

/** Three-valued: undefined is unknown. */
type Known = boolean | undefined;

/** Whether a premium exceeds a limit in CNY, or the limit in USD when the policy is not in CNY. */
function exceeds(facts: Facts, premium: Money, yuanMax: bigint, dollarsMax: bigint): Known {
  if (premium.currency === 'CNY') return BigInt(premium.amount) > yuanMax * 100n;
  if (premium.currency === 'USD') return BigInt(premium.amount) > dollarsMax * 100n;
  const rate = facts.fxRates[premium.currency]?.usdMinorPerMinor;
  if (rate === undefined) return undefined;
  return BigInt(premium.amount) * rate[0] > dollarsMax * 100n * rate[1];
}

function exceedsSinglePremium(facts: Facts, premium: Money): Known {
  const overLow = exceeds(facts, premium, 10_000n, 1_000n);
  const overHigh = exceeds(facts, premium, 200_000n, 20_000n);
  switch (facts.profile.premiumCash) {
    case true:
      return overLow;
    case false:
      return overHigh;
    // Not stated: known only where both limits agree.
    default:
      return overLow === overHigh ? overLow : undefined;
  }
}

function any(conditions: Known[]): Known {
  if (conditions.includes(true)) return true;
  return conditions.includes(undefined) ? undefined : false;
}

function holdsXL1(facts: Facts): Known {
  const { profile } = facts;
  const assetsMax = (profile.customerKind === 'entity' ? 500_000n : 200_000n) * 100n;
  const premiumAbsent = profile.institutionType === 'insurance' ? undefined : false;
  return any([
    profile.netFinancialAssets === undefined
      ? undefined
      : BigInt(profile.netFinancialAssets) > assetsMax,
    profile.annualPremium === undefined
      ? premiumAbsent
      : exceeds(facts, profile.annualPremium, 10_000n, 1_000n),
    profile.singlePremium === undefined
      ? premiumAbsent
      : exceedsSinglePremium(facts, profile.singlePremium),
  ]);
}

function statedProducts({ profile }: Facts): string[] {
  return [...(profile.expectedBusiness ?? []), ...(profile.usedBusiness ?? [])];
}

function holdsXL2(facts: Facts): Known {
  const { expectedBusiness, usedBusiness } = facts.profile;
  if ([...statedProducts(facts), ...transactedProducts(facts)].some(isHighRisk)) return true;
  return expectedBusiness === undefined && usedBusiness === undefined ? undefined : false;
}

function holdsXL3({ profile }: Facts): Known {
  return any([
    profile.residency === undefined ? undefined : profile.residency !== 'resident',
    profile.idIssuer === undefined ? undefined : profile.idIssuer !== 'CN',
  ]);
}

function holdsXL5(facts: Facts): Known {
  return facts.profile.agentKind === undefined ? undefined : isUnrelatedAgent(facts);
}

function holdsXL6({ profile }: Facts): Known {
  return profile.cdd === undefined ? undefined : profile.cdd === 'refused';
}

function isLowRiskType(facts: Facts): boolean {
  const { customerKind, legalForm, residency } = facts.profile;
  if (legalForm !== undefined && PUBLIC_BODIES.includes(legalForm)) return true;
  if (customerKind !== 'natural' || residency !== 'resident') return false;
  const products = [...statedProducts(facts), ...transactedProducts(facts)];
  return products.length > 0 && products.every((product) => LOW_RISK_PRODUCTS.includes(product));
}

/** Each disqualifier with its three-valued state, for tests that want the lone decisive one. */
export function disqualifiers(facts: Facts): Record<string, Known> {
  return {
    'X-L1': holdsXL1(facts),
    'X-L2': holdsXL2(facts),
    'X-L3': holdsXL3(facts),
    'X-L4': facts.strs.length > 0,
    'X-L5': holdsXL5(facts),
    'X-L6': holdsXL6(facts),
  };
}

/** X-L0: a listed low-risk type, all six disqualifiers known to be false; says what stands against. */
export function lowestRule(facts: Facts): { isType: boolean; barredBy: string[] } {
  const barredBy = Object.entries(disqualifiers(facts))
    .filter(([, state]) => state !== false)
    .map(([rule]) => rule);
  return { isType: isLowRiskType(facts), barredBy };
}
