/** A customer fit for direct low (X-L0) with exactly one thing on its bound. */
import { addEvent, addPayment } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import {
  assets,
  controlList,
  diligence,
  exposure,
  forbiddenPlace,
  freeze,
  onePremium,
  pepHits,
  premiums,
  residence,
  taintedOwner,
} from './direct-themes';
import { agency } from './frequency-themes';
import {
  afterAsOf,
  beforeWindow,
  inWindow,
  pay,
  payReversed,
  type Making,
  type Theme,
} from './making';

function oldReport({ draft, random }: Making): void {
  const at = draft.asOf - random.pick([0, 10 * DAY_MS, 729 * DAY_MS, 3000 * DAY_MS]);
  addEvent(draft, 'str_filed', { strId: 's', role: random.pick(['subject', 'counterparty']) }, at);
}

function laterReport(making: Making): void {
  addEvent(making.draft, 'str_filed', { strId: 's', role: 'subject' }, afterAsOf(making));
}

/** Not stated at all, stated as empty, or a product that is not on the low-risk list. */
function otherBusiness({ profile, random }: Making): void {
  delete profile.expectedBusiness;
  delete profile.usedBusiness;
  if (random.chance(0.3)) profile.expectedBusiness = [];
  if (random.chance(0.5)) {
    profile.usedBusiness = random.pick([[], ['pension'], ['payroll', 'deposit'], ['trust']]);
  }
}

/** A product transacted inside or just outside 180 dates, or reversed. */
function transacted(making: Making): void {
  const { random, draft, profile } = making;
  const product = random.pick(['deposit', 'trust', 'private_banking', 'benefit', 'payroll']);
  const fields = { kind: 'trade', direction: 'in', product, amountCny: 100 };
  switch (random.int(0, 3)) {
    case 0:
      addPayment(draft, fields, inWindow(making, 180));
      break;
    case 1:
      addPayment(draft, fields, beforeWindow(making, 180));
      break;
    case 2:
      payReversed(making, fields, 180);
      break;
    default:
      pay(making, fields, 180);
  }
  if (random.chance(0.3)) {
    delete profile.expectedBusiness;
    delete profile.usedBusiness;
    if (random.chance(0.7)) profile.usedBusiness = [];
  }
}

/** Nobody has said whether the customer cooperates: unknown is not false. */
function diligenceUnstated({ profile }: Making): void {
  delete profile.cdd;
}

/** A sole trader has the limits of natural persons, and no low-risk type by its products. */
function kind({ profile, random }: Making): void {
  profile.customerKind = random.pick(['natural', 'entity', 'sole_trader']);
}

const LONE_THEMES: Theme[] = [
  onePremium,
  onePremium,
  onePremium,
  onePremium,
  onePremium,
  assets,
  assets,
  assets,
  assets,
  premiums,
  premiums,
  premiums,
  residence,
  residence,
  oldReport,
  laterReport,
  otherBusiness,
  transacted,
  transacted,
  agency,
  agency,
  diligence,
  diligenceUnstated,
  kind,
  controlList,
  pepHits,
  exposure,
  freeze,
  taintedOwner,
  forbiddenPlace,
  () => undefined,
];

export function lowRiskCustomer(making: Making): void {
  const { random, profile, isNatural } = making;
  const products = random.pick([['payroll'], ['pension', 'benefit'], ['pension']]);
  if (isNatural) profile.expectedBusiness = products;
  else profile.legalForm = random.pick(['state_organ', 'public_institution']);
  if (isNatural && random.chance(0.4)) profile.usedBusiness = ['pension'];
  random.pick(LONE_THEMES)(making);
}
