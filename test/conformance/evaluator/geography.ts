/** Geography sub-items G1 to G4 (E-G1 to E-G4, sections 12.3 and 15). */
import { fullMonths } from './calendar';
import { known, missingWith, sumCny, transactionsIn, type Facts, type ItemScore } from './facts';
import { MISSING_SCORE, UNLISTED_COUNTRY, type CountryRisk } from './lists';
import type { Party, Place, Transaction } from './records';

interface Located {
  nationality?: string[];
  registration?: Place;
  domicile?: Place;
  businessPlace?: Place;
}

/** Places apart from nationality. */
export function addresses(whose: Located): Place[] {
  return [whose.registration, whose.domicile, whose.businessPlace].filter(
    (place) => place !== undefined,
  );
}

function placesOf(whose: Located): Place[] {
  const nationalities = (whose.nationality ?? []).map((country) => ({ country }));
  return [...addresses(whose), ...nationalities];
}

/** Beneficial owners and actual controllers, of every kind of customer (section 15). */
export function ownersAndControllers({ profile }: Facts): Party[] {
  return (profile.parties ?? []).filter(
    (party) => party.role === 'beneficial_owner' || party.role === 'controller',
  );
}

/** Every place, nationality included, of the customer, the owners and the controllers. */
export function relevantPlaces(facts: Facts): Place[] {
  return [facts.profile, ...ownersAndControllers(facts)].flatMap(placesOf);
}

/** Levels of a country at as-of; for 24 full months after a FATF list g2 counts at least 3. */
export function countryLevels(facts: Facts, country: string): CountryRisk {
  const risk = facts.countryRisk[country] ?? UNLISTED_COUNTRY;
  const leftOn = risk.leftFatfOn;
  if (leftOn === undefined || leftOn > facts.today || fullMonths(leftOn, facts.today) >= 24) {
    return risk;
  }
  return { ...risk, g2: Math.max(risk.g2, 3) };
}

/** '310000' covers every region of 31, '310100' every region of 3101, '310115' itself. */
function covers(warning: string, region: string): boolean {
  return region.startsWith(warning.replace(/(00){1,2}$/, ''));
}

function regionLevel(facts: Facts, place: Place): number {
  const { region } = place;
  if (place.country !== 'CN' || region === undefined) return 1;
  const levels = Object.entries(facts.regionRisk)
    .filter(([warning]) => covers(warning, region))
    .map(([, level]) => level);
  return Math.max(1, ...levels);
}

function countriesOf(tx: Transaction): Set<string> {
  return new Set(
    [tx.counterpartyCountry, tx.overseasFiCountry].filter((country) => country !== undefined),
  );
}

/** Countries named by transactions, each once per transaction. */
export function countriesNamed(transactions: Transaction[]): Set<string> {
  return new Set(transactions.flatMap((tx) => [...countriesOf(tx)]));
}

/** Countries with at least 20 % of the turnover of 180 dates; all of it is the denominator. */
function turnoverCountries(facts: Facts): string[] {
  const turnover = transactionsIn(facts, 180);
  const total = sumCny(turnover);
  if (total === 0n) return [];
  return [...countriesNamed(turnover)].filter((country) => {
    const share = sumCny(turnover.filter((tx) => countriesOf(tx).has(country)));
    return share * 5n >= total;
  });
}

function scoreLevels(facts: Facts, item: 'g1' | 'g2' | 'g3', missingScore: number): ItemScore {
  const scores = [1];
  for (const place of relevantPlaces(facts)) {
    scores.push(countryLevels(facts, place.country)[item]);
    if (item === 'g3') scores.push(regionLevel(facts, place));
  }
  for (const country of turnoverCountries(facts)) {
    scores.push(Math.max(1, countryLevels(facts, country)[item] - 1));
  }
  if (placesOf(facts.profile).length === 0) return missingWith(missingScore, ...scores);
  return known(Math.max(...scores));
}

export function scoreG1(facts: Facts): ItemScore {
  return scoreLevels(facts, 'g1', MISSING_SCORE.G1);
}

export function scoreG2(facts: Facts): ItemScore {
  return scoreLevels(facts, 'g2', MISSING_SCORE.G2);
}

export function scoreG3(facts: Facts): ItemScore {
  return scoreLevels(facts, 'g3', MISSING_SCORE.G3);
}

/** 1 same prefecture, 2 same province, 3 other province, 4 abroad; undefined = no distance. */
function distance(place: Place, branchRegion: string): number | undefined {
  if (place.country !== 'CN') return 4;
  if (place.region === undefined) return undefined;
  if (place.region.slice(0, 4) === branchRegion.slice(0, 4)) return 1;
  return place.region.slice(0, 2) === branchRegion.slice(0, 2) ? 2 : 3;
}

export function scoreG4(facts: Facts): ItemScore {
  const offshore = relevantPlaces(facts).some(
    (place) => countryLevels(facts, place.country).offshore,
  );
  const offshoreScore = offshore ? 5 : 1;
  const { branchRegion } = facts.profile;
  if (branchRegion === undefined) return missingWith(MISSING_SCORE.G4, offshoreScore);
  const distances = addresses(facts.profile)
    .map((place) => distance(place, branchRegion))
    .filter((value) => value !== undefined);
  if (distances.length === 0) return missingWith(MISSING_SCORE.G4, offshoreScore);
  return known(Math.max(offshoreScore, Math.min(...distances)));
}
