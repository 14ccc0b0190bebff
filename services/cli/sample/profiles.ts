import type { ProfileAttributes } from '@tidemark/schemas/records';
import type { Archetype } from './archetype';
import type { Diary } from './diary';

const YUAN = 100;

/**
 * The first profile: what every customer of the sample has, then what its kind has. Nothing is
 * known of the kind of customer where the archetype tells neither age nor foundation.
 */
export function firstProfile(
  diary: Diary,
  archetype: Archetype,
  joins: number,
  isNew: boolean,
): ProfileAttributes {
  const { random } = diary;
  const since = diary.midnight(isNew ? joins : joins - random.between(120, 3_000));
  return {
    institutionType: 'bank',
    relationshipType: 'ongoing',
    channel: 'counter',
    idCheck: 'registry_verified',
    idIssuer: 'CN',
    residency: 'resident',
    ...place(diary),
    relationshipStart: since,
    lastScreened: diary.midnight(joins - (isNew ? 1 : random.below(120))),
    pepStatus: 'none',
    cdd: 'cooperative',
    agentKind: 'none',
    ...ageOf(diary, archetype, joins),
    ...assetsOf(diary, archetype),
    ...archetype.profile(random),
  };
}

function place({ home, random }: Diary): ProfileAttributes {
  const branch = `${home.slice(0, 4)}00`;
  const far = random.chance(6) ? '410100' : home;
  return {
    domicile: { country: 'CN', region: far },
    branchRegion: branch,
    openingRegion: branch,
  };
}

function ageOf(diary: Diary, { years, months }: Archetype, joins: number): ProfileAttributes {
  const { random, customer } = diary;
  if (years !== undefined) {
    const age = random.between(years[0] * 365, years[1] * 365);
    return {
      customerKind: 'natural',
      idType: 'resident_id',
      nationality: ['CN'],
      birthDate: diary.epochDay(joins - age),
      idExpiry: diary.epochDay(joins + random.between(400, 5_000)),
      phone: `+86139${customer.replace(/\D/g, '').padStart(8, '0')}`,
    };
  }
  if (months === undefined) return {};
  const age = random.between(months[0] * 30, months[1] * 30);
  return {
    customerKind: 'entity',
    idType: 'entity_licence',
    establishedDate: diary.epochDay(joins - age),
    boStatus: 'declared',
    staffCount: random.between(1, 300),
  };
}

function assetsOf({ random }: Diary, { assets }: Archetype): ProfileAttributes {
  if (assets === undefined) return {};
  // the lower of two draws: most have little, a few have much
  const yuan = Math.min(random.between(...assets), random.between(...assets));
  return { netFinancialAssets: yuan * YUAN };
}
