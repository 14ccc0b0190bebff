/** Business sub-item B4, agency (E-B4, section 15 "Agency"). */
import {
  eventsInDates,
  known,
  missingWith,
  strsYoungerThan,
  type Facts,
  type ItemScore,
} from './facts';
import { MISSING_SCORE } from './lists';

/** Unproven kin and non-professional intermediaries count as unrelated. */
export function isUnrelatedAgent({ profile }: Facts): boolean {
  return (
    profile.agentKind === 'unrelated' ||
    profile.agentKind === 'nonprofessional_intermediary' ||
    (profile.agentKind === 'relative' && profile.kinship !== true)
  );
}

function hitsB42(facts: Facts): boolean {
  return strsYoungerThan(facts, 730).filter((str) => str.agentId !== undefined).length >= 2;
}

/** One agent opened three accounts in 90 dates, by own records or by the link fact. */
function hitsB43(facts: Facts): boolean {
  if (facts.linkedPatterns.has('B4.3')) return true;
  const accountsByAgent = new Map<string, Set<string>>();
  for (const event of eventsInDates(facts, ['account_opened'], 90)) {
    if (event.agentId === undefined) continue;
    const accounts = accountsByAgent.get(event.agentId) ?? new Set<string>();
    accountsByAgent.set(event.agentId, accounts.add(event.accountId ?? ''));
  }
  return [...accountsByAgent.values()].some((accounts) => accounts.size >= 3);
}

export function scoreB4(facts: Facts): ItemScore {
  const repeatedStrs = hitsB42(facts);
  const patterns = [
    facts.linkedPatterns.has('B4.1'),
    repeatedStrs,
    hitsB43(facts),
    facts.linkedPatterns.has('B4.4'),
  ].filter((hit) => hit).length;
  // Patterns count for any agent kind: one = 4, two = 5 (section 15).
  const patternScore = patterns >= 2 || repeatedStrs ? 5 : patterns === 1 ? 4 : 1;
  const { agentKind } = facts.profile;
  if (agentKind === undefined) return missingWith(MISSING_SCORE.B4, patternScore);
  const kindScore = agentKind === 'none' ? 1 : isUnrelatedAgent(facts) ? 3 : 2;
  return known(Math.max(kindScore, patternScore));
}
