/** Customer sub-items C1 to C8 (E-C1 to E-C8, sections 12 and 15). */
import { fullMonths, fullYears, wholeDays } from './calendar';
import {
  bandScore,
  eventsInDates,
  eventsYoungerThan,
  known,
  missingWith,
  scoreOf,
  strsYoungerThan,
  type Facts,
  type ItemScore,
} from './facts';
import { MISSING_SCORE } from './lists';

const OPENNESS = { public: 1, audited: 2, registry: 3, partial: 4, closed: 5 };
const CHANNEL = { counter: 1, affiliate: 2, video: 3, intermediary: 4, remote: 5, introducer: 5 };
const ID_CHECK = {
  registry_verified: 1,
  mainland_verified: 2,
  foreign_verified: 3,
  weak: 4,
  unverifiable: 5,
};
const OPEN_FORMS = ['state_organ', 'public_institution', 'soe'];
export const PUBLIC_BODIES = ['state_organ', 'public_institution'];
const OPAQUE_FORMS = ['sole_proprietorship', 'partnership', 'family_firm'];

export function scoreC1({ profile }: Facts): ItemScore {
  if (profile.infoOpenness !== undefined) return known(scoreOf(OPENNESS, profile.infoOpenness));
  const open =
    profile.listingMic !== undefined ||
    (profile.legalForm !== undefined && OPEN_FORMS.includes(profile.legalForm));
  return open ? known(1) : missingWith(MISSING_SCORE.C1);
}

export function scoreC2({ profile }: Facts): ItemScore {
  if (profile.channel === undefined) return missingWith(MISSING_SCORE.C2);
  return known(scoreOf(CHANNEL, profile.channel));
}

export function scoreC3({ profile, today }: Facts): ItemScore {
  const expired = profile.idExpiry !== undefined && today > profile.idExpiry;
  if (profile.idCheck === undefined) return missingWith(MISSING_SCORE.C3, expired ? 5 : 1);
  return known(expired ? 5 : scoreOf(ID_CHECK, profile.idCheck));
}

export function scoreC4(facts: Facts): ItemScore {
  const alerts = eventsInDates(facts, ['alert_closed'], 365).length;
  const alertScore = bandScore(
    [
      [0, 1],
      [3, 2],
      [10, 3],
    ],
    alerts,
  );
  const strs = strsYoungerThan(facts, 730).length;
  if (strs >= 2) return known(5);
  if (strs === 0) return known(alertScore);
  return known(Math.max(alertScore, strsYoungerThan(facts, 365).length === 1 ? 4 : 3));
}

export function scoreC5({ profile }: Facts): ItemScore {
  const { legalForm = '', ownershipLayers } = profile;
  const scores = [1];
  if (ownershipLayers !== undefined) {
    scores.push(
      bandScore(
        [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ],
        ownershipLayers,
      ),
    );
  }
  if (OPAQUE_FORMS.includes(legalForm)) scores.push(3);
  if (profile.foreignHolding === true) scores.push(4);
  const nomineeParty = (profile.parties ?? []).some(
    (party) => party.role === 'nominee_shareholder',
  );
  if (profile.nomineeShareholder === true || nomineeParty) scores.push(5);
  if (profile.boStatus === 'unknown') scores.push(5);
  if (ownershipLayers === undefined && !PUBLIC_BODIES.includes(legalForm)) {
    return missingWith(MISSING_SCORE.C5, ...scores);
  }
  return known(Math.max(...scores));
}

const NOTICE_SCORES: Record<string, number> = {
  regulator_notice: 3,
  exchange_notice: 3,
  penalty: 4,
  law_enforcement_notice: 5,
};
const NOTICE_DAYS = 1095;

export function scoreC6(facts: Facts): ItemScore {
  const scores = [1];
  for (const event of eventsYoungerThan(facts, Object.keys(NOTICE_SCORES), NOTICE_DAYS)) {
    scores.push(scoreOf(NOTICE_SCORES, event.kind));
  }
  for (const event of eventsYoungerThan(facts, ['adverse_media'], NOTICE_DAYS)) {
    scores.push(event.medium === 'authoritative' && event.important === true ? 4 : 2);
  }
  // "Any age" means criminal_record only (section 15).
  if (facts.events.some((event) => event.kind === 'criminal_record')) scores.push(5);
  const { lastScreened } = facts.profile;
  if (lastScreened === undefined || wholeDays(lastScreened, facts.asOf) >= 365) {
    return missingWith(MISSING_SCORE.C6, ...scores);
  }
  return known(Math.max(...scores));
}

export function scoreC7({ profile, today }: Facts): ItemScore {
  if (profile.birthDate === undefined) return missingWith(MISSING_SCORE.C7);
  const years = fullYears(profile.birthDate, today);
  return known(
    bandScore(
      [
        [0, 5],
        [16, 4],
        [18, 2],
        [25, 1],
        [70, 2],
        [80, 3],
      ],
      years,
    ),
  );
}

export function scoreC8({ profile, today }: Facts): ItemScore {
  if (profile.establishedDate === undefined) return missingWith(MISSING_SCORE.C8);
  const months = fullMonths(profile.establishedDate, today);
  return known(
    bandScore(
      [
        [0, 5],
        [6, 4],
        [12, 3],
        [36, 2],
        [60, 1],
      ],
      months,
    ),
  );
}
