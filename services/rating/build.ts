const PACKAGE_VERSION = '0.1.0';

/**
 * Raise it with every change after which `decide` may publish otherwise from the same records: all
 * customers are then decided once more (design, rule 7).
 */
const REVISION = 3;

/** Names what decides. */
export const BUILD = `rating ${PACKAGE_VERSION} revision ${REVISION}`;
