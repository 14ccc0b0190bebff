/** Texts that are in events and must be nowhere else: no metric and no line of a log may hold one. */
export const CANARIES = [
  'canary-customer',
  'canary-account',
  'canary-event',
  'canary-institution',
  '金丝雀',
];

const [CUSTOMER, ACCOUNT, EVENT, INSTITUTION, NAME] = CANARIES;

export const canaryEvent = (
  id: string,
  type: string,
  content: Record<string, unknown>,
  customer = CUSTOMER,
): object => ({
  ...{ id: `${EVENT}-${id}`, type, institution: INSTITUTION, customer },
  ...{ occurredAt: Date.now() - 1_000, ...content },
});

/** A profile change that is refused before it is stored. */
export const refusedCanary = (attribute: string): object =>
  canaryEvent('bad', 'profile-change', { set: { [attribute]: NAME } });

/** One of each kind of thing that can become of an event that is stored: six events of two customers. */
export function canaryEvents(): readonly object[] {
  const profile = canaryEvent('profile', 'profile-change', { set: { customerKind: 'natural' } });
  return [
    profile,
    profile,
    canaryEvent('hit', 'risk-event', { kind: 'control_list_hit', entryId: NAME }),
    canaryEvent('account', 'risk-event', { kind: 'account_opened', accountId: ACCOUNT }),
    // none is current
    canaryEvent('confirm', 'decision', { kind: 'confirm', sequence: 99, by: NAME }),
    canaryEvent('other', 'profile-change', { set: { customerKind: 'natural' } }, `${CUSTOMER}-2`),
  ];
}
