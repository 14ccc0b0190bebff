import type { InputRecord, ProfileAttributes } from '@tidemark/schemas/records';
import type { Archetype } from './archetype';
import { FIRMS } from './archetypes/firms';
import { PEOPLE } from './archetypes/people';
import { RISKY } from './archetypes/risky';
import { openDiary, type Arrival, type Diary } from './diary';
import { live } from './habits';
import { firstProfile } from './profiles';
import { random, seedOf, type NonEmpty } from './random';

export interface SampleOptions {
  /** Any integer; the same one gives the same records, byte for byte. */
  readonly seed: number;
  /** From about 1,000 customers on every kind of record occurs. */
  readonly customers: number;
  readonly days: number;
  /** UTC milliseconds of the first midnight in Asia/Shanghai. */
  readonly start: number;
}

/** The institution of all customers of the sample. */
export const SAMPLE_INSTITUTION = 'sample-bank';

const ARCHETYPES: readonly Archetype[] = [...PEOPLE, ...FIRMS, ...RISKY];

const HOMES: NonEmpty<string> = [
  '310105',
  '310115',
  '330106',
  '330205',
  '320507',
  '440305',
  '440103',
  '510104',
  '110108',
  '420106',
];

/** Existing customers are loaded within these days; the others come later. */
const LOADING_DAYS = 7;
/** So many of 100 customers come later. */
const NEW_PERCENT = 15;
/** A life begins to have stories so many days after joining: they may look back 20 days. */
const QUIET_DAYS = 24;

/**
 * A portfolio of a bank that does not exist: customers of many kinds, and what happens to them.
 * Records come in the order in which they are sent: by occurredAt, but for a few that are late by
 * up to four days. A few are sent twice. Each customer follows from the seed and its own number
 * alone: a larger portfolio begins with the customers of a smaller one.
 */
export function* samplePortfolio(options: SampleOptions): Generator<InputRecord> {
  // the sort is stable: at one instant, in the order of writing
  const arrivals = lives(options).sort((a, b) => a.at - b.at);
  for (const { record } of arrivals) yield record;
}

function lives({ seed, customers, days, start }: SampleOptions): Arrival[] {
  const arrivals: Arrival[] = [];
  const kinds = kindsInOrder(seed);
  const ordinals = new Map<Archetype, number>();
  for (let n = 0; n < customers; n += 1) {
    const archetype = kinds[n % kinds.length];
    if (archetype === undefined) break;
    const ordinal = ordinals.get(archetype) ?? 0;
    ordinals.set(archetype, ordinal + 1);
    const own = random(seedOf(seed, n));
    const customer = `c${String(n + 1).padStart(5, '0')}`;
    const home = own.pick(HOMES);
    const institution = SAMPLE_INSTITUTION;
    writeLife(
      openDiary({ institution, customer, home, random: own, days, start, arrivals }),
      archetype,
      ordinal,
    );
  }
  return arrivals;
}

/** Every archetype as often as its share says, mixed: customer n is of kind n, over and over. */
export function kindsInOrder(seed: number): readonly Archetype[] {
  const slots = ARCHETYPES.flatMap((archetype) =>
    Array<Archetype>(archetype.share).fill(archetype),
  );
  const { below } = random(seedOf(seed, -1));
  const keyed = slots.map((archetype) => ({ archetype, key: below(0x7fffffff) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ archetype }) => archetype);
}

function writeLife(diary: Diary, archetype: Archetype, ordinal: number): void {
  const { random: own, customer, days } = diary;
  const isNew = own.chance(NEW_PERCENT);
  const joins = isNew
    ? own.between(LOADING_DAYS, Math.max(LOADING_DAYS, Math.floor((days * 3) / 4)))
    : own.below(Math.min(LOADING_DAYS, days));
  const profile = firstProfile(diary, archetype, joins, isNew);
  diary.state(joins, profile);
  if (isRatedAtOnce(profile) && own.chance(15)) diary.confirm(joins, 1);
  if (isNew) diary.happen(joins, { kind: 'account_opened', accountId: `a-${customer}-1` });
  keepUp(diary, joins);
  for (const habit of archetype.habits) live(diary, habit, joins + 1);
  tellStories(diary, archetype, ordinal, joins + QUIET_DAYS);
}

/** Nothing of importance is missing: there is a first rating that a second person can confirm. */
const isRatedAtOnce = ({ customerKind, ownershipLayers }: ProfileAttributes): boolean =>
  customerKind === 'natural' || ownershipLayers !== undefined;

/** What the bank does: screening is repeated, files are reviewed. */
function keepUp(diary: Diary, joins: number): void {
  const { random: own } = diary;
  let screened = joins + own.between(150, 240);
  while (screened < diary.days) {
    diary.state(screened, { lastScreened: diary.midnight(screened) });
    screened += own.between(200, 300);
  }
  if (own.chance(30)) diary.happen(joins + own.between(60, 360), { kind: 'review_done' });
}

/**
 * The n-th story of an archetype happens to each customer whose ordinal fits, so that every story
 * occurs whatever the seed.
 */
function tellStories(diary: Diary, archetype: Archetype, ordinal: number, earliest: number): void {
  const latest = Math.max(earliest, Math.floor((diary.days * 3) / 4));
  archetype.stories.forEach(([story, each], index) => {
    if (ordinal % each === index % each) story(diary, diary.random.between(earliest, latest));
  });
}
