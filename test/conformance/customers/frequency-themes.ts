/** Themes on agency (B4), on the indicators of B5, and on link facts. */
import { addEvent, addLink, yuan } from '../draft';
import { DAY_MS } from '../evaluator/calendar';
import { PRODUCTS } from './attribute-values';
import { alerts } from './customer-themes';
import {
  afterAsOf,
  beforeWindow,
  direction,
  inWindow,
  near,
  pay,
  payReversed,
  type Making,
  type Theme,
} from './making';

export function agency({ profile, random }: Making): void {
  profile.agentKind = random.pick([
    'none',
    'relative',
    'relative',
    'guardian',
    'professional',
    'unrelated',
    'nonprofessional_intermediary',
  ]);
  if (random.chance(0.2)) delete profile.agentKind;
  if (random.chance(0.6)) profile.kinship = random.chance(0.6);
}

/** Three accounts opened by one agent, four opened or closed, in 90 dates; one fewer. */
export function accounts(making: Making): void {
  const { draft, random } = making;
  const opened = random.pick([1, 2, 3, 3, 4]);
  const sameAgent = random.chance(0.6);
  for (let index = 0; index < opened; index += 1) {
    const agentId = sameAgent ? 'ag1' : random.pick([undefined, 'ag1', 'ag2']);
    const accountId = random.chance(0.05) ? 'a0' : `a${index}`;
    const fields = { accountId, ...(agentId === undefined ? {} : { agentId }) };
    addEvent(draft, 'account_opened', fields, inWindow(making, 90));
  }
  for (let closed = random.pick([0, 0, 1, 2]); closed > 0; closed -= 1) {
    addEvent(draft, 'account_closed', { accountId: `a${closed}` }, inWindow(making, 90));
  }
  if (random.chance(0.5)) {
    addEvent(
      draft,
      'account_opened',
      { accountId: 'old', agentId: 'ag1' },
      beforeWindow(making, 90),
    );
  }
  if (random.chance(0.2)) {
    addEvent(draft, 'account_opened', { accountId: 'new', agentId: 'ag1' }, afterAsOf(making));
  }
}

/** Two reports in 730 days about business that an agent did. */
export function agentReports(making: Making): void {
  const { draft, random } = making;
  for (let index = random.pick([1, 2, 2]); index > 0; index -= 1) {
    const at =
      draft.asOf - random.pick([730 * DAY_MS - 1, 729 * DAY_MS, 730 * DAY_MS, 10 * DAY_MS]);
    addEvent(draft, 'str_filed', { strId: `ar${index}`, role: 'subject', agentId: 'ag1' }, at);
  }
  if (random.chance(0.5)) addEvent(draft, 'account_opened', { accountId: 'ar', agentId: 'ag1' });
}

/** Ten flows of 50,000.00 between a company and natural persons in 90 dates; one or a fen fewer. */
export function largeFlows(making: Making): void {
  const { random, isNatural } = making;
  const count = random.pick([9, 10, 10, 11]);
  const exact = random.chance(0.5);
  for (let index = 0; index < count; index += 1) {
    pay(
      making,
      {
        kind: random.pick(['transfer', 'transfer', 'remittance']),
        direction: direction(making),
        counterpartyKind: isNatural ? random.pick(['entity', 'sole_trader']) : 'natural',
        amountCny: index === 0 && !exact ? near(making, yuan(50_000)) : yuan(50_000),
        ...(random.chance(0.1) ? { product: 'payroll' } : {}),
      },
      90,
    );
  }
}

/** Five flows across the border with a natural party in 90 dates, or four. */
export function naturalRemittances(making: Making): void {
  const { random, isNatural } = making;
  for (let count = random.pick([4, 5, 5, 6]); count > 0; count -= 1) {
    pay(
      making,
      {
        kind: random.chance(0.9) ? 'remittance' : random.pick(['transfer', 'trade']),
        direction: direction(making),
        crossBorder: true,
        amountCny: random.int(1, 9999),
        counterpartyKind: isNatural ? random.pick(['natural', 'entity']) : 'natural',
        ...(random.chance(0.5) ? { counterpartyCountry: 'US' } : {}),
      },
      90,
    );
  }
}

/** Products expected, used, and transacted around 180 dates. */
export function products(making: Making): void {
  const { random, profile } = making;
  const some = (): string[] => random.shuffle(PRODUCTS).slice(0, random.int(0, 2));
  delete profile.expectedBusiness;
  delete profile.usedBusiness;
  if (random.chance(0.5)) profile.expectedBusiness = some();
  if (random.chance(0.5)) profile.usedBusiness = some();
  if (random.chance(0.6)) {
    const fields = {
      kind: 'trade',
      direction: direction(making),
      product: random.pick(PRODUCTS),
      amountCny: random.int(1, 9999),
    };
    if (random.chance(0.7)) pay(making, fields, 180);
    else payReversed(making, fields, 180);
  }
}

/** Several indicators of E-B5 at once. */
export function severalIndicators(making: Making): void {
  const indicators: Theme[] = [accounts, largeFlows, naturalRemittances, products, alerts];
  for (const indicator of making.random.shuffle(indicators).slice(0, making.random.int(2, 5))) {
    indicator(making);
  }
}

export const PATTERNS = ['B2.1', 'B2.3', 'B4.1', 'B4.3', 'B4.4', 'X-H3'];

/** Registers of patterns: the last of hit and no hit wins, ties by id, as-of cuts off. */
export function links(making: Making): void {
  const { draft, random } = making;
  for (const pattern of random.shuffle(PATTERNS.slice(0, -1)).slice(0, random.pick([1, 1, 2, 3]))) {
    contestLink(making, pattern, random.chance(0.75));
  }
  if (random.chance(0.1)) addLink(draft, 'X-H3', random.chance(0.7));
}

export function contestLink(making: Making, pattern: string, hit: boolean): void {
  const { draft, random } = making;
  const at = draft.asOf - random.pick([0, 1, 100 * DAY_MS, 900 * DAY_MS]);
  const [first, second] = [draft.nextId(), draft.nextId()];
  const [smaller, greater] = first < second ? [first, second] : [second, first];
  addLink(draft, pattern, hit, at, greater);
  if (random.chance(0.3)) addLink(draft, pattern, !hit, at, smaller);
  if (random.chance(0.2)) addLink(draft, pattern, !hit, at - 1);
  if (random.chance(0.2)) addLink(draft, pattern, !hit, afterAsOf(making));
}
