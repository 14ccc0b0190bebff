/** Themes on the customer sub-items C3 to C8. */
import { addEvent } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import { LEGAL_FORMS } from './attribute-values';
import {
  addParty,
  afterAsOf,
  atAge,
  beforeWindow,
  inWindow,
  monthsAgo,
  type Making,
} from './making';

/** The document's last day is yesterday, today or tomorrow. */
export function idExpiry({ profile, draft, random }: Making): void {
  profile.idExpiry = draft.today + random.pick([-1, 0, 1]);
}

/** Closed alerts around 3 and 10 in 365 dates and around 3 in 90. */
export function alerts(making: Making): void {
  const { draft, random } = making;
  const recent = random.pick([0, 0, 2, 3, 4]);
  const year = Math.max(recent, random.pick([2, 3, 4, 9, 10, 11]));
  const outcome = (): { outcome: string } => ({
    outcome: random.pick(['reported', 'not_reported']),
  });
  for (let count = 0; count < year; count += 1) {
    let at = inWindow(making, 90);
    if (count >= recent) {
      do at = inWindow(making, 365);
      while (at > draft.asOf - 91 * DAY_MS);
    }
    addEvent(draft, 'alert_closed', outcome(), at);
  }
  if (random.chance(0.5)) addEvent(draft, 'alert_closed', outcome(), beforeWindow(making, 90));
  if (random.chance(0.5)) addEvent(draft, 'alert_closed', outcome(), beforeWindow(making, 365));
  if (random.chance(0.2)) addEvent(draft, 'alert_closed', outcome(), afterAsOf(making));
}

/** Reports around 365 and 730 days, some filed twice, some naming agents. */
export function strs(making: Making): void {
  const { draft, random } = making;
  const count = random.pick([1, 1, 2, 2, 3]);
  for (let index = 0; index < count; index += 1) {
    const at = random.pick([
      atAge(making, 365),
      atAge(making, 730),
      atAge(making, 730),
      draft.asOf,
      draft.asOf - random.int(0, 800) * DAY_MS,
      draft.asOf - 5000 * DAY_MS,
    ]);
    const fields = {
      strId: `s${index}`,
      role: random.pick(['subject', 'counterparty']),
      ...(random.chance(0.5) ? { agentId: random.pick(['ag1', 'ag2']) } : {}),
    };
    const filedAt = Math.min(at, draft.asOf);
    addEvent(draft, 'str_filed', fields, filedAt);
    if (random.chance(0.3)) {
      // The same report once more; the earliest record decides, agent included.
      const again = random.pick([
        filedAt + 1,
        filedAt - 1,
        afterAsOf(making),
        atAge(making, 730) - 1,
      ]);
      if (again !== filedAt) {
        addEvent(
          draft,
          'str_filed',
          { strId: fields.strId, role: 'subject', agentId: 'ag3' },
          again,
        );
      }
    }
  }
  if (random.chance(0.2)) {
    addEvent(draft, 'str_filed', { strId: 'later', role: 'subject' }, afterAsOf(making));
  }
}

/** Layers, legal forms, nominees, foreign holdings, unknown owners. */
export function ownership(making: Making): void {
  const { profile, random } = making;
  if (random.chance(0.7)) profile.ownershipLayers = random.pick([1, 1, 2, 3, 4, 5]);
  else delete profile.ownershipLayers;
  if (!making.isNatural && random.chance(0.5)) profile.legalForm = random.pick(LEGAL_FORMS);
  if (random.chance(0.2)) profile.foreignHolding = random.chance(0.7);
  if (random.chance(0.15)) profile.nomineeShareholder = random.chance(0.7);
  if (random.chance(0.15)) profile.boStatus = random.pick(['unknown', 'declared']);
  if (random.chance(0.1))
    addParty(making, { role: random.pick(['shareholder', 'nominee_shareholder']) });
}

const SINGLE_EVENTS = [
  'regulator_notice',
  'exchange_notice',
  'penalty',
  'law_enforcement_notice',
  'criminal_record',
  'adverse_media',
  'adverse_media',
  'adverse_media',
];

/** One to three notices or reports around 1,095 days; a criminal record counts at any age. */
export function notices(making: Making): void {
  const { draft, random } = making;
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1) {
    const kind = random.pick(SINGLE_EVENTS);
    const media = {
      medium: random.pick(['authoritative', 'general']),
      important: random.chance(0.5),
    };
    const at = random.pick([
      atAge(making, 1095),
      atAge(making, 1095),
      draft.asOf,
      draft.asOf - 6000 * DAY_MS,
      draft.asOf - random.int(0, 1200) * DAY_MS,
      afterAsOf(making),
    ]);
    addEvent(draft, kind, kind === 'adverse_media' ? media : {}, at);
  }
}

/** Last screened 365 days ago to the millisecond, or never. */
export function screening(making: Making): void {
  const { profile, random } = making;
  if (random.chance(0.2)) delete profile.lastScreened;
  else profile.lastScreened = atAge(making, random.pick([0, 365, 365, 365]));
}

/** Around the birthdays that matter. */
export function birthday(making: Making): void {
  const years = making.random.pick([0, 10, 16, 16, 18, 18, 25, 25, 70, 80, 80]);
  making.profile.birthDate = Math.min(monthsAgo(making, years * 12), making.draft.today);
}

/** Around the ages of a firm that matter. */
export function foundation(making: Making): void {
  const months = making.random.pick([0, 6, 6, 12, 12, 36, 60]);
  making.profile.establishedDate = Math.min(monthsAgo(making, months), making.draft.today);
}
