/**
 * The input records of one customer as plain JSON objects, declared here a second time and loosely:
 * this evaluator shares no code and no types with the rating core. Optional fields are left out, not null.
 * Units: instants are UTC milliseconds, days count from 1970-01-01, money is in minor units.
 */

export interface Envelope {
  id: string;
  institution: string;
  customer: string;
  /** UTC milliseconds. */
  occurredAt: number;
  source?: string;
}

export interface Place {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** GB/T 2260, 6 digits; only for CN. */
  region?: string;
}

export interface Money {
  /** Minor units of `currency`. */
  amount: number;
  currency: string;
}

export interface Party {
  partyId: string;
  role: string;
  nationality?: string[];
  registration?: Place;
  domicile?: Place;
  businessPlace?: Place;
  pepStatus?: string;
  /** Day. */
  leftOffice?: number;
  controlListed?: boolean;
}

/** Profile attributes that section 10 of the guideline names; an absent property is 'not stated'. */
export interface Attributes {
  institutionType?: string;
  relationshipType?: string;
  customerKind?: string;
  legalForm?: string;
  listingMic?: string;
  infoOpenness?: string;
  channel?: string;
  idType?: string;
  idIssuer?: string;
  /** Last day of validity. */
  idExpiry?: number;
  idCheck?: string;
  /** Day. */
  birthDate?: number;
  /** Day. */
  establishedDate?: number;
  residency?: string;
  nationality?: string[];
  registration?: Place;
  domicile?: Place;
  businessPlace?: Place;
  branchRegion?: string;
  openingRegion?: string;
  ownershipLayers?: number;
  nomineeShareholder?: boolean;
  foreignHolding?: boolean;
  boStatus?: string;
  industry?: string;
  gaming?: boolean;
  occupation?: string;
  pepStatus?: string;
  /** Day. */
  leftOffice?: number;
  /** UTC milliseconds. */
  lastScreened?: number;
  cdd?: string;
  agentKind?: string;
  /** True = proven. */
  kinship?: boolean;
  phone?: string;
  staffCount?: number;
  expectedBusiness?: string[];
  usedBusiness?: string[];
  /** Fen. */
  netFinancialAssets?: number;
  annualPremium?: Money;
  singlePremium?: Money;
  premiumCash?: boolean;
  /** UTC milliseconds. */
  relationshipStart?: number;
  purposeSource?: string;
  parties?: Party[];
}

export interface ProfileChange extends Envelope {
  type: 'profile-change';
  set?: Attributes;
  clear?: string[];
}

export interface Transaction extends Envelope {
  type: 'transaction';
  txId: string;
  kind: string;
  direction: string;
  /** Minor units of `currency`. */
  amount: number;
  currency: string;
  /** Fen. */
  amountCny: number;
  status: string;
  accountId?: string;
  channel?: string;
  ipRegion?: string;
  operatorId?: string;
  deviceId?: string;
  agentId?: string;
  counterpartyId?: string;
  counterpartyKind?: string;
  counterpartyCountry?: string;
  overseasFiCountry?: string;
  crossBorder?: boolean;
  product?: string;
}

export interface RiskEvent extends Envelope {
  type: 'risk-event';
  kind: string;
  strId?: string;
  role?: string;
  agentId?: string;
  outcome?: string;
  accountId?: string;
  medium?: string;
  important?: boolean;
  measure?: string;
  entryId?: string;
  cdd?: string;
  alertType?: string;
  action?: string;
}

export interface LinkFact extends Envelope {
  type: 'link-fact';
  pattern: string;
  hit: boolean;
  count?: number;
  key?: string;
}

export interface Decision extends Envelope {
  type: 'decision';
  kind: string;
  sequence?: number;
  by?: string;
}

export type InputRecord = ProfileChange | Transaction | RiskEvent | LinkFact | Decision;
