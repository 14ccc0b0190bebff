/** The tables of guideline sections 12 and 15, copied by hand. */

export interface CountryRisk {
  g1: number;
  g2: number;
  g3: number;
  offshore: boolean;
  /** Day on which the country left a FATF list. */
  leftFatfOn?: number;
}

/** What a test may put in place of the default lists. */
export interface ListOverrides {
  /** Warnings by 6-digit region code ('310000' covers the province); the value is the G3 level. */
  regionRisk?: Record<string, number>;
  /** Added to the default countries, replacing those of the same code. */
  countryRisk?: Record<string, CountryRisk>;
  /** US cents for one major unit of a currency, as [numerator, denominator]. None by default. */
  fxRates?: Record<string, { usdMinorPerMinor: readonly [bigint, bigint] }>;
}

export const COUNTRY_RISK: Record<string, CountryRisk> = {
  CN: { g1: 1, g2: 1, g3: 1, offshore: false },
  XA: { g1: 1, g2: 1, g3: 2, offshore: false },
  XB: { g1: 1, g2: 4, g3: 3, offshore: false },
  XC: { g1: 1, g2: 2, g3: 2, offshore: true },
  XD: { g1: 5, g2: 5, g3: 4, offshore: false },
  XE: { g1: 2, g2: 1, g3: 3, offshore: false },
  XF: { g1: 3, g2: 3, g3: 5, offshore: false },
};

/** A country on no list (12.11). */
export const UNLISTED_COUNTRY: CountryRisk = { g1: 1, g2: 2, g3: 2, offshore: false };

export const HIGH_RISK_BUSINESS = ['correspondent_banking', 'trust', 'private_banking'];
export const LOW_RISK_PRODUCTS = ['payroll', 'pension', 'benefit'];

/** I1 by code prefix; anything else is 1. */
export const INDUSTRY_RISK: Record<string, number> = {
  F518: 2,
  S952: 2,
  S953: 2,
  J: 3,
  F5146: 4,
  F5245: 4,
  K7010: 4,
  K7030: 4,
  L7231: 4,
  L7232: 4,
  L7241: 4,
  L7297: 4,
  J6633: 4,
  J6930: 4,
};

/** I3 by code prefix; anything else is 1. */
export const CASH_INDUSTRY: Record<string, number> = {
  F51: 2,
  G54: 2,
  H61: 2,
  O80: 2,
  F52: 3,
  H62: 3,
  L7291: 3,
  R87: 3,
  F5182: 4,
  F5183: 4,
  F5184: 4,
  F5246: 4,
  R90: 4,
  F5191: 5,
  R904: 5,
};

/** I1 of natural persons who are neither owners nor employees. */
export const OCCUPATION_RISK: Record<string, number> = {
  retired: 1,
  homemaker: 1,
  student: 2,
  freelance: 3,
  unemployed: 3,
  undisclosed: 3,
};

export type Segment = 'NP' | 'EN';

/** Weights of section 12; an item without a weight in a segment is not scored there. */
export const WEIGHTS: Record<Segment, Record<string, number>> = {
  NP: {
    C1: 4,
    C2: 5,
    C3: 6,
    C4: 10,
    C6: 8,
    C7: 3,
    G1: 8,
    G2: 6,
    G3: 5,
    G4: 3,
    B1: 8,
    B2: 7,
    B3: 6,
    B4: 5,
    B5: 5,
    I1: 4,
    I2: 3,
    I3: 4,
  },
  EN: {
    C1: 4,
    C2: 3,
    C3: 4,
    C4: 9,
    C5: 8,
    C6: 7,
    C8: 4,
    G1: 7,
    G2: 5,
    G3: 4,
    G4: 4,
    B1: 7,
    B2: 6,
    B3: 6,
    B4: 3,
    B5: 6,
    I1: 5,
    I2: 3,
    I3: 5,
  },
};

/** Score of an item whose required attribute is absent; items that require nothing are not here. */
export const MISSING_SCORE = {
  C1: 4,
  C2: 4,
  C3: 5,
  C5: 5,
  C6: 3,
  C7: 4,
  C8: 4,
  G1: 4,
  G2: 4,
  G3: 3,
  G4: 4,
  B4: 3,
  B5: 3,
  I1: 3,
  I2: 3,
  I3: 3,
};

/** The value of the longest key that `code` begins with; 1 when there is none (12.1). */
export function byLongestPrefix(table: Record<string, number>, code: string): number {
  for (let length = code.length; length > 0; length -= 1) {
    const score = table[code.slice(0, length)];
    if (score !== undefined) return score;
  }
  return 1;
}
