/** Name of the application: a data directory of another one is refused. */
export const APPLICATION = 'tidemark';

/**
 * All events of a partition stand in one topic: what is sent in one order is decided in that order,
 * whatever its kind.
 */
export const EVENTS = 'events';

/** Dead letters of what was refused where it entered: no step ever sees it. */
export const REFUSED = 'refused';

export const METHODOLOGIES = 'methodologies';

/** What holds for all customers; each partition has a copy of its own. */
export const GLOBAL_TOPICS: readonly string[] = [METHODOLOGIES, 'reference-lists'];

/** Outputs, by partition. */
export const GRADE_CHANGES = 'grade-changes';
/** In full, what outputs leave out of what is confidential. */
export const RESTRICTED = 'restricted';

/** Events of a cluster, by kind; a step takes them in this order: what is known of a customer first. */
export const INPUT_TOPICS: readonly string[] = [
  'profile-changes',
  'link-facts',
  'decisions',
  'risk-events',
  'transactions',
];

export const JOURNAL = 'journal';

/** What people have ordered: one log for all partitions; no step depends on it but through its journal. */
export const ORDERS = 'orders';
