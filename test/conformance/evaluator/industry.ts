/** Industry and identity sub-items I1 to I3 (I-1 to I-3, sections 12.1 and 15). */
import { fullMonths } from './calendar';
import { known, missingWith, scoreOf, type Facts, type ItemScore } from './facts';
import { ownersAndControllers } from './geography';
import {
  byLongestPrefix,
  CASH_INDUSTRY,
  INDUSTRY_RISK,
  MISSING_SCORE,
  OCCUPATION_RISK,
  type Segment,
} from './lists';
import type { Party } from './records';

function scoreIndustry(
  { profile }: Facts,
  segment: Segment,
  table: Record<string, number>,
  missingScore: number,
  occupationScore: (occupation: string) => number,
): ItemScore {
  const { industry, occupation } = profile;
  const gaming = profile.gaming === true;
  if (segment === 'NP') {
    if (occupation === undefined) return missingWith(missingScore);
    if (occupation !== 'owner' && occupation !== 'employee')
      return known(occupationScore(occupation));
  }
  const discount = segment === 'NP' && occupation === 'employee' ? 2 : 0;
  const gamingScore = gaming ? 5 - discount : 1;
  if (industry === undefined) return missingWith(missingScore, gamingScore);
  return known(Math.max(1, byLongestPrefix(table, industry) - discount, gamingScore));
}

export function scoreI1(facts: Facts, segment: Segment): ItemScore {
  return scoreIndustry(facts, segment, INDUSTRY_RISK, MISSING_SCORE.I1, (occupation) =>
    scoreOf(OCCUPATION_RISK, occupation),
  );
}

export function scoreI3(facts: Facts, segment: Segment): ItemScore {
  return scoreIndustry(facts, segment, CASH_INDUSTRY, MISSING_SCORE.I3, () => 1);
}

const FOREIGN_LINKS = ['foreign_pep', 'relative', 'associate'];

export type PepState = 'none' | 'domestic' | 'former' | 'current';

/** Current until 12 full months after leaving office; relatives and associates likewise. */
function pepState(facts: Facts, whose: { pepStatus?: string; leftOffice?: number }): PepState {
  const { pepStatus, leftOffice } = whose;
  if (pepStatus === 'domestic_pep') return 'domestic';
  if (pepStatus === undefined || !FOREIGN_LINKS.includes(pepStatus)) return 'none';
  return leftOffice !== undefined && fullMonths(leftOffice, facts.today) >= 12
    ? 'former'
    : 'current';
}

export interface PepLinks {
  /** The customer, a confirmed hit, relatives and close associates (X-H2). */
  own: PepState[];
  /** Owners and controllers (X-H3). */
  owners: PepState[];
}

export function pepLinks(facts: Facts): PepLinks {
  const kin: Party[] = (facts.profile.parties ?? []).filter(
    (party) => party.role === 'relative' || party.role === 'close_associate',
  );
  const kinStates = kin
    .map((party) => pepState(facts, party))
    // Kin count only as foreign PEP, relative or associate (section 15).
    .filter((state) => state !== 'domestic');
  return {
    own: [pepState(facts, facts.profile), facts.pepConfirmed ? 'current' : 'none', ...kinStates],
    owners: ownersAndControllers(facts).map((party) => pepState(facts, party)),
  };
}

const PEP_SCORES: Record<PepState, number> = { none: 1, domestic: 2, former: 4, current: 5 };

export function scoreI2(facts: Facts): ItemScore {
  const links = pepLinks(facts);
  const scores = [...links.own, ...links.owners].map((state) => PEP_SCORES[state]);
  if (facts.profile.pepStatus === undefined) return missingWith(MISSING_SCORE.I2, ...scores);
  return known(Math.max(1, ...scores));
}
