// Generated from schemas/events by `npm run generate`. Do not edit.

/** A record that was refused where it entered: nothing is lost and nothing stops. */
export type DeadLetter = {
  /** Why it was refused, a sentence without customer data. */
  readonly reason: string;
  /** Why it was refused, for programs (not-json, unknown-field, conflicting-duplicate ...). */
  readonly code: string;
  /** Where it came from: a position in a topic, or a line of a file. */
  readonly source: Coordinates;
  /** Path of the offending field (set.parties[1].role); null where it is the whole record. */
  readonly field: null | string;
  /** The record as it came: its text, or Base64 where it is not text. Customer data: for those who may see it. */
  readonly payload: string;
};

/** Either topic, partition and offset, or file and line. */
export type Coordinates =
  | {
      /** Name of the topic. */
      readonly topic: string;
      /** Partition, from 0. */
      readonly partition: number;
      /** Offset within the partition, from 0. */
      readonly offset: number;
    }
  | {
      /** Name of the file; - for standard input. */
      readonly file: string;
      /** Line, from 1. */
      readonly line: number;
    };

/** What a person decided about a customer's rating (S-10, S-11). */
export type Decision = {
  readonly type: 'decision';
  /** Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution; one grade per institution and customer (P-3). */
  readonly customer: string;
  /** When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts. */
  readonly occurredAt: number;
  /** The system that says so, free text; without effect on scores (S-1). */
  readonly source?: string;
  /** confirm: a second person confirms the rating of this sequence, which becomes final if it is the current one (S-10). */
  readonly kind: DecisionKind;
  /** The customer's rating that is decided upon, 1 or more. */
  readonly sequence: number;
  /** Who decided, an id within the institution (S-10, P-2). */
  readonly by: string;
};

export type DecisionKind = 'confirm';

/** The effective grade of a customer changed, or was given for the first time. One for every change, none without. Score, basis and reasons are those of the open facts: what a methodology calls confidential counts in the grade alone, and is told in the topic restricted; never to be shown to the customer (T-4, P-2, M-0). */
export type GradeChange = {
  /** institution:customer:sequence; the same change always has the same id. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution (P-3). */
  readonly customer: string;
  /** Number of the change for this customer, from 1 without a gap. */
  readonly sequence: number;
  /** The grade before; null for the first. */
  readonly previousGrade: null | number;
  /** The effective grade from now on, 1 (lowest risk) to m (W-8, W-9). */
  readonly grade: number;
  /** initial for the first, up to a higher risk, down to a lower. */
  readonly direction: 'initial' | 'up' | 'down';
  /** preliminary until a person has confirmed it, then final (S-8, S-10). */
  readonly status: 'preliminary' | 'final';
  /** R = S / m, the shortest exact decimal with at least one decimal (26.0); where it does not end, rounded half-up to 6 places. 100/m to 100 (W-7). */
  readonly score: string;
  /** Why the effective grade is what it is: scored, direct-highest (X-H0), direct-lowest (X-L0), override; restricted where the open facts alone would give another grade. */
  readonly basis: 'scored' | 'direct-highest' | 'direct-lowest' | 'override' | 'restricted';
  /** The methodology that was applied (P-5, W). */
  readonly methodology: MethodologyRef;
  /** When the grade changed, on the clock of the rating, UTC milliseconds. */
  readonly occurredAt: number;
  /** What made the customer be rated again (T-4). */
  readonly cause: Cause;
  /** What differs from the rating before: sub-items with another score, direct rules that began or ceased to hold (S-8). */
  readonly reasons: readonly Reason[];
  /** Codes of the measures that follow from the grade, M-E1 to M-E9 and M-S1 to M-S4 in the default methodology (M-0, M-E0, M-S0). */
  readonly measures: readonly string[];
  /** Last day for the next review, days since 1970-01-01; null where none is known (T-2, T-3). */
  readonly reviewDueOn: null | number;
  /** hash of the change before; null for the first. */
  readonly previousHash: null | string;
  /** SHA-256 in hex of this record's RFC 8785 JSON without hash: the changes of a customer form a chain. */
  readonly hash: string;
};

/** One version of one methodology document. */
export type MethodologyRef = {
  /** The document's id. */
  readonly id: string;
  /** Its version. */
  readonly version: string;
};

/** The event, or the passing of time. */
export type Cause = {
  /** Type or kind of the record that caused it (profile-change, transaction, str_filed ...), or tick where only time passed; restricted for a confidential one. */
  readonly kind: string;
  /** Id of that record; null where there is none, or it is confidential. */
  readonly eventId: null | string;
};

/** One difference. */
export type Reason = {
  /** Id of the sub-item or of the direct rule; restricted (from and to 0 or 1) where confidential facts gave the grade, before or now. */
  readonly code: string;
  /** Score before; null where there was none. */
  readonly from: null | number;
  /** Score now; null where there is none any more. */
  readonly to: null | number;
};

/** One step of one partition: everything that it depended on and what it brought, so that anyone can run it again (T-4, S-8). One step is one transaction. */
export type Journal = {
  /** Name of the application whose partition this is; another one's journal is refused. */
  readonly application: string;
  /** Number of the layout: a new one begins when the number of partitions or the cluster changes. */
  readonly generation: number;
  /** Partition, from 0. */
  readonly partition: number;
  /** Number of partitions of this generation. */
  readonly partitions: number;
  /** Number of the step, from 0 (genesis) without a gap. */
  readonly step: number;
  /** genesis: the first record. owner: a process took the partition over. records: slices of the input topics. tick: time passed, keys were due. sweep: keys were decided once more because version or build changed. version: another version came into force. skip: a record that could not be processed was passed over by order of a person. */
  readonly kind: 'genesis' | 'owner' | 'records' | 'tick' | 'sweep' | 'version' | 'skip';
  /** Clock of the partition at the end of the step, UTC milliseconds; it never goes back. */
  readonly clock: number;
  /** How records got their clock. wall: all of a slice are decided at the slice's clock. event: each at the greatest time of a record so far, its own included. */
  readonly time: 'wall' | 'event';
  /** What was read of the topics, in the order in which it was processed. */
  readonly slices: readonly Slice[];
  /** Offset of the next record of every topic, global ones included, after this step. */
  readonly positions: Readonly<Record<string, number>>;
  /** What a tick or sweep covered: all keys after `from` up to and with `to`, by (due, key) for a tick and by key for a sweep; null for other kinds, and where nothing was due. */
  readonly range?: Range;
  /** How far the running sweep is after this step; null while none runs. */
  readonly sweep?: Sweep;
  /** Verdicts on records that were not taken. */
  readonly refused: readonly Refused[];
  /** Every schema that records were written with so far, this step included: an id that ever means another one stops the partition. */
  readonly schemas: readonly WriterSchema[];
  /** Verdicts on all records of global topics that were ever refused, after this step: whoever begins here obeys them. */
  readonly globalRefused: readonly Refused[];
  /** Keys of which this step published something and of which nothing is kept after it. */
  readonly removed: readonly string[];
  /** What was published, in order. */
  readonly outputs: readonly OutputEntry[];
  /** From where a replay over the checkpoint begins. */
  readonly restart: Restart;
  /** Build of the machine that decided. */
  readonly build: string;
  /** Version of the methodology with its reference lists that was in force, as a fingerprint; empty before the first. */
  readonly version: string;
  /** owner: who took over. skip: the reason that the person gave. */
  readonly note?: string;
  /** SHA-256 in hex of the bytes of the record before; null for the first. */
  readonly previousHash: null | string;
};

/** Consecutive records of one topic. */
export type Slice = {
  /** Name of the topic. */
  readonly topic: string;
  /** Offset at which reading began. */
  readonly from: number;
  /** Offset at which reading goes on. */
  readonly next: number;
  /** Number of records; fewer than next - from where offsets have gaps. */
  readonly count: number;
  /** SHA-256 in hex over the records: of each its length as 4 bytes, lowest first, and its bytes. */
  readonly hash: string;
  /** Clock after the last of the records, UTC milliseconds. */
  readonly clock: number;
};

/** A range of keys. */
export type Range = {
  /** Sweep: the range begins after this key. Tick: its first key. */
  readonly fromKey: string;
  /** The last key. */
  readonly toKey: string;
  /** Tick: when the last key was due. */
  readonly toDue?: number;
};

/** A sweep over all keys. */
export type Sweep = {
  /** Every key up to and with this one has been decided. */
  readonly after: string;
  /** version: another version is in force. correction: another build runs. */
  readonly cause: 'version' | 'correction';
};

/** One record, refused. */
export type Refused = {
  /** Name of the topic. */
  readonly topic: string;
  /** Its offset. */
  readonly offset: number;
  /** Why, for programs. */
  readonly code: string;
};

/** A schema of the registry. */
export type WriterSchema = {
  /** Its number there. */
  readonly id: number;
  /** SHA-256 in hex of its canonical form. */
  readonly fingerprint: string;
};

/** One output record. */
export type OutputEntry = {
  /** Topic to which it went. */
  readonly topic: string;
  /** Its key. */
  readonly key: string;
  /** Its kind (grade-change, rating ...). */
  readonly kind: string;
  /** Its number among the key's outputs of this kind; null where they have none. */
  readonly sequence: null | number;
  /** SHA-256 in hex of the fields that a later build must bring again. */
  readonly digest: string;
  /** What the key's state takes over of it on replay, where another build calculates otherwise; JSON. */
  readonly published?: string;
};

/** A place in the journal. */
export type Restart = {
  /** The first step that is not wholly in the checkpoint. */
  readonly step: number;
  /** Offset in the journal of the record before that step, or of an earlier one. */
  readonly position: number;
};

/** A pattern across several customers, found elsewhere and stated for one of them. One register per pattern, the greatest (occurredAt, id) wins; a hit holds until a later record says false. */
export type LinkFact = {
  readonly type: 'link-fact';
  /** Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution; one grade per institution and customer (P-3). */
  readonly customer: string;
  /** When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts. */
  readonly occurredAt: number;
  /** The system that says so, free text; without effect on scores (S-1). */
  readonly source?: string;
  /** B2.1 few operators (E-B2.1), B2.3 one IP (E-B2.3), B4.1 often an agent (E-B4.1), B4.3 one agent, several accounts (E-B4.3), B4.4 same phone or emergency contact (E-B4.4), X-H3 an owner or controller is a listed or exposed customer (X-H3). */
  readonly pattern: 'B2.1' | 'B2.3' | 'B4.1' | 'B4.3' | 'B4.4' | 'X-H3';
  /** Whether the pattern is met. */
  readonly hit: boolean;
  /** How many customers or accounts share it, 0 or more; evidence only. */
  readonly count?: number;
  /** Keyed hash of what is shared, never the thing itself; evidence only. */
  readonly key?: string;
};

/** A version of a methodology document, published to all partitions (W-5). Immutable: a second record of the same id and version with other content is refused. */
export type MethodologyVersion = {
  /** The document's own id (cn-aml-bank). */
  readonly id: string;
  /** The document's own version (1.0.0); raise it with every change. */
  readonly version: string;
  /** The methodology document as JSON text, in the form of methodology.schema.json. */
  readonly document: string;
  /** The framework that the document names, as JSON text: the demands that it was checked against. Null where it names none. */
  readonly framework?: string;
  /** From when it is in force, UTC milliseconds; in the past: from when it is read. Of several whose time has come the one with the latest is in force, of equal ones the one published last. */
  readonly activateAt: number;
};

/** What a person has ordered: that a record which stops its partition is passed over, that a dead letter's record is sent again, that a dead letter is discarded. Orders are never changed or removed: who did what, when and why stays (T-4). */
export type Order = {
  /** skip: the record is passed over and goes to the dead letters. replay: the record of the letter was sent again. discard: nothing is done about the letter. Of several about one letter the first stands. */
  readonly kind: 'skip' | 'replay' | 'discard';
  /** Topic of the record or letter, by its name within the application (transactions, dead-letters). */
  readonly topic: string;
  /** Its partition, from 0. */
  readonly partition: number;
  /** Its offset, from 0. */
  readonly offset: number;
  /** Why, in the words of who ordered it. No customer data belongs here. */
  readonly reason: string;
  /** Who ordered it. */
  readonly by: string;
  /** When, by the clock of who ordered it, UTC milliseconds. */
  readonly at: number;
};

/** What became known of a customer, or stopped being known. Each attribute is a register of its own: the greatest (occurredAt, id) wins, whatever the order of arrival (T-4, S-1, S-5). */
export type ProfileChange = {
  readonly type: 'profile-change';
  /** Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution; one grade per institution and customer (P-3). */
  readonly customer: string;
  /** When it became so, UTC milliseconds. Decides between two values of one attribute; what lies after as-of never counts. */
  readonly occurredAt: number;
  /** The system or document that says so, free text; without effect on scores (S-1). */
  readonly source?: string;
  /** The attributes stated by this record. An attribute left out is not stated and keeps its value; null is refused: use clear. */
  readonly set?: ProfileAttributes;
  /** Names of attributes that are not known any more, extra.NAME for one of extra: an explicit 'not known', other than an attribute left out. A name both here and in set is refused. */
  readonly clear?: readonly string[];
  /** Where attributes come from, by attribute name; without effect on scores in the default methodology (S-1, S-2, S-8). */
  readonly provenance?: Readonly<Record<string, Provenance>>;
};

/** Attributes of a customer, each of them optional. */
export type ProfileAttributes = {
  /** The customer's id within the group of institutions, free string (P-3). */
  readonly groupId?: string;
  /** Sector of the institution that keeps the relationship: bank, securities, futures, insurance, trust, payment, dnfbp (P-10, E-B5; absent premiums count as none unless insurance, X-L1). */
  readonly institutionType?: InstitutionType;
  /** ongoing or occasional, a one-off customer (P-11). */
  readonly relationshipType?: RelationshipType;
  /** natural person, entity, or sole_trader (个体工商户). Decides the segment: absent means no rating but a task (E-1, X-L1). */
  readonly customerKind?: CustomerKind;
  /** Legal form of an entity (E-C1, E-C5, X-L0). */
  readonly legalForm?: LegalForm;
  /** Market on which the customer is listed, ISO 10383 code; decides C1 only where infoOpenness is absent (E-C1). */
  readonly listingMic?: string;
  /** How open the customer's data are, from public (lowest risk) to closed; natural persons: audited = job and income verified by a third party, registry = declared (E-C1). */
  readonly infoOpenness?: InfoOpenness;
  /** How the relationship was set up (E-C2). */
  readonly channel?: RelationshipChannel;
  /** Kind of identity document (E-C3, X-L3). */
  readonly idType?: IdType;
  /** Country that issued the identity document, ISO 3166-1 alpha-2; HK, MO and TW count as abroad (X-L3). */
  readonly idIssuer?: string;
  /** Last day on which the document is valid, days since 1970-01-01; absent means no end (E-C3). */
  readonly idExpiry?: number;
  /** How well the document could be checked (E-C3). */
  readonly idCheck?: IdCheck;
  /** Natural persons: day of birth, days since 1970-01-01, negative before it (E-C7). */
  readonly birthDate?: number;
  /** Entities: day of foundation, days since 1970-01-01, negative before it (E-C8). */
  readonly establishedDate?: number;
  /** resident or non_resident (X-L3, X-L0). */
  readonly residency?: Residency;
  /** Every nationality held, ISO 3166-1 alpha-2 (E-G0, E-G1, E-G2, E-G3). */
  readonly nationality?: readonly string[];
  /** Where the customer is registered (E-G0 to E-G4). */
  readonly registration?: Place;
  /** Where the customer lives or has its seat (E-G0 to E-G4). */
  readonly domicile?: Place;
  /** Where the customer does business (E-G0 to E-G4). */
  readonly businessPlace?: Place;
  /** Region of the branch that keeps the relationship, GB/T 2260, 6 digits (E-G4, O-3, O-8). */
  readonly branchRegion?: string;
  /** Region in which the account was opened, GB/T 2260, 6 digits (E-B2.2). */
  readonly openingRegion?: string;
  /** Number of layers of ownership, 1 or more (E-C5). */
  readonly ownershipLayers?: number;
  /** Whether a shareholder holds for somebody else (E-C5). */
  readonly nomineeShareholder?: boolean;
  /** Whether a foreign holding company stands in the chain of ownership (E-C5). */
  readonly foreignHolding?: boolean;
  /** What is known of the beneficial owner: verified, declared, or unknown, which is not the same as absent (E-C5, X-H6, M-S1). */
  readonly boStatus?: BoStatus;
  /** GB/T 4754-2017: section letter A-T and 2 to 4 digits (I-1, I-3, E-B1). */
  readonly industry?: string;
  /** Whether the business is gaming (I-1, I-3). */
  readonly gaming?: boolean;
  /** Occupation of a natural person (I-1, I-3). */
  readonly occupation?: Occupation;
  /** Politically exposed person: none (screened), foreign_pep, its relative or close associate, domestic_pep (I-2, X-H2, X-H3). */
  readonly pepStatus?: PepStatus;
  /** Day on which the office ended, days since 1970-01-01 (I-2, X-H2). */
  readonly leftOffice?: number;
  /** When the customer was last screened against media and notices, UTC milliseconds (E-C6). */
  readonly lastScreened?: number;
  /** How the customer takes part in due diligence; the risk event cdd_changed writes the same register (X-L6, X-H5). */
  readonly cdd?: CddStatus;
  /** Who acts for the customer; none = nobody (E-B4, X-L5). */
  readonly agentKind?: AgentKind;
  /** true: the agent's kinship is proven (E-B4, X-L5). */
  readonly kinship?: boolean;
  /** Current phone number, E.164 (E-B4.4). */
  readonly phone?: string;
  /** Party id of the emergency contact (E-B4.4). */
  readonly emergencyContact?: string;
  /** Number of staff, 0 or more (E-B5.4). */
  readonly staffCount?: number;
  /** Product codes that the customer means to use; an empty list counts as stated (E-B6, X-L2, E-B5). */
  readonly expectedBusiness?: readonly string[];
  /** Product codes that the customer has used; an empty list counts as stated (E-B6, X-L2, E-B5). */
  readonly usedBusiness?: readonly string[];
  /** Net financial assets with the institution, fen (CNY 0.01), 0 to 10^15; absent = unknown (X-L1). */
  readonly netFinancialAssets?: number;
  /** Life premium per year, 0 to 10^15 minor units (X-L1). */
  readonly annualPremium?: Money;
  /** Single premium (趸交保费), 0 to 10^15 minor units (X-L1). */
  readonly singlePremium?: Money;
  /** Whether the single premium was paid in cash: the limit of the annual premium holds then (X-L1). */
  readonly premiumCash?: boolean;
  /** When the relationship began, UTC milliseconds (E-1, T-1, X-H6). */
  readonly relationshipStart?: number;
  /** When the customer was first rated, also by another system, UTC milliseconds (T-3). */
  readonly firstRatedAt?: number;
  /** When the grade in force was decided, also by another system, UTC milliseconds (T-2). */
  readonly decidedAt?: number;
  /** Whether the purpose of the relationship is proven or inferred by staff (M-S4). */
  readonly purposeSource?: PurposeSource;
  /** All related parties, one register that is replaced whole (E-G0, E-C5, I-2, X-H2, X-H3, E-B2.6, E-B4). */
  readonly parties?: readonly Party[];
  /** Attributes that a methodology declares itself: camelCase name to boolean, integer or string (E-1, X-H6). */
  readonly extra?: Readonly<Record<string, boolean | number | string>>;
};

export type InstitutionType = 'bank' | 'securities' | 'futures' | 'insurance' | 'trust' | 'payment' | 'dnfbp';

export type RelationshipType = 'ongoing' | 'occasional';

export type CustomerKind = 'natural' | 'entity' | 'sole_trader';

export type LegalForm = 'state_organ' | 'public_institution' | 'soe' | 'company' | 'sole_proprietorship' | 'partnership' | 'family_firm' | 'npo' | 'trust' | 'foreign_entity';

export type InfoOpenness = 'public' | 'audited' | 'registry' | 'partial' | 'closed';

export type RelationshipChannel = 'counter' | 'affiliate' | 'video' | 'intermediary' | 'remote' | 'introducer';

export type IdType = 'resident_id' | 'temp_id' | 'household_book' | 'pr_card' | 'hkmo_permit' | 'tw_permit' | 'passport' | 'entity_licence' | 'foreign_entity_doc';

export type IdCheck = 'registry_verified' | 'mainland_verified' | 'foreign_verified' | 'weak' | 'unverifiable';

export type Residency = 'resident' | 'non_resident';

/** A place: a country, and within mainland China a region. */
export type Place = {
  /** ISO 3166-1 alpha-2; HK, MO and TW count as abroad (E-G0). */
  readonly country: string;
  /** GB/T 2260 code, 6 digits, where the country is CN; a CN place without it has no distance (E-G3, E-G4). */
  readonly region?: string;
};

export type BoStatus = 'verified' | 'declared' | 'unknown';

export type Occupation = 'employee' | 'owner' | 'student' | 'retired' | 'homemaker' | 'freelance' | 'unemployed' | 'undisclosed';

export type PepStatus = 'none' | 'foreign_pep' | 'relative' | 'associate' | 'domestic_pep';

export type CddStatus = 'cooperative' | 'delayed' | 'refused';

export type AgentKind = 'none' | 'relative' | 'guardian' | 'professional' | 'unrelated' | 'nonprofessional_intermediary';

/** An amount in minor units of its currency. */
export type Money = {
  /** Minor units of the currency (fen, cent, yen), 0 to 10^15. */
  readonly amount: number;
  /** ISO 4217 code. */
  readonly currency: string;
};

export type PurposeSource = 'proven' | 'inferred';

/** A person or firm that stands behind, beside or for the customer. */
export type Party = {
  /** The party's id; the same person keeps the same id. */
  readonly partyId: string;
  /** What the party is to the customer: owners and controllers E-G0, X-H3; shareholders E-C5; relatives and close associates I-2, X-H2; agents and intermediaries E-B4, X-L5; operator E-B2.1; emergency contact E-B4.4; affiliate E-B2.6; counterparty and overseas_fi M-E9; insurance roles E-B5.4; delegate O-9; legal_representative T-4. */
  readonly role: PartyRole;
  /** Every nationality held, ISO 3166-1 alpha-2 (E-G0). */
  readonly nationality?: readonly string[];
  /** Where the party is registered (E-G0, E-G4). */
  readonly registration?: Place;
  /** Where the party lives or has its seat (E-G0, E-G4). */
  readonly domicile?: Place;
  /** Where the party does business (E-G0, E-G4). */
  readonly businessPlace?: Place;
  /** As the customer's own (I-2, X-H2, X-H3). */
  readonly pepStatus?: PepStatus;
  /** Day on which the party's office ended, days since 1970-01-01 (I-2, X-H2). */
  readonly leftOffice?: number;
  /** Whether the party is on a control list (X-H1, X-H3). */
  readonly controlListed?: boolean;
};

export type PartyRole = 'beneficial_owner' | 'controller' | 'shareholder' | 'nominee_shareholder' | 'legal_representative' | 'relative' | 'close_associate' | 'agent' | 'intermediary' | 'operator' | 'emergency_contact' | 'affiliate' | 'counterparty' | 'overseas_fi' | 'policyholder' | 'insured' | 'survival_beneficiary' | 'delegate';

/** Where one attribute comes from and how good it is. */
export type Provenance = {
  /** 1 customer's statement, 2 notes of managers or counter staff, 3 stored transactions, 4 commissioned due diligence, 5 commercial database, 6 internet and public sources (S-1). */
  readonly source?: number;
  /** When the source said so, UTC milliseconds (S-1). */
  readonly asOf?: number;
  /** Whether somebody has checked it (S-1). */
  readonly verified?: boolean;
  /** Whether it is an estimate (S-2). */
  readonly estimated?: boolean;
  /** Whether there are doubts about it (S-8). */
  readonly doubtful?: boolean;
};

/** A customer's whole rating: every sub-item with its evidence, the total, the grade and why, so that anyone can calculate it again by hand (S-3, S-8, W-6, W-7, W-8). As published it is that of the open facts: what a methodology calls confidential counts in grade, measures and review date alone, and is told in the topic restricted. Published when grade, status, basis, methodology or review date change. */
export type Rating = {
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution (P-3). */
  readonly customer: string;
  /** The time for which the rating holds, UTC milliseconds. */
  readonly asOf: number;
  /** The methodology that was applied (P-5, W). */
  readonly methodology: MethodologyRef;
  /** Sequence of the customer's latest grade change; 0 before the first. */
  readonly sequence: number;
  /** R = S / m, the shortest exact decimal with at least one decimal (26.0); where it does not end, rounded half-up to 6 places. 100/m to 100 (W-7). */
  readonly score: string;
  /** The exact score as a fraction: sum / levels (W-7). */
  readonly total: Total;
  /** Grade from the bands alone, 1 (lowest risk) to m (W-8). */
  readonly gradeByScore: number;
  /** Grade after the direct rules, 1 to m (X-P). */
  readonly calculatedGrade: number;
  /** The effective grade, 1 to m. */
  readonly grade: number;
  /** Why the effective grade is what it is: scored, direct-highest (X-H0), direct-lowest (X-L0), override; restricted where the open facts alone would give another grade. */
  readonly basis: 'scored' | 'direct-highest' | 'direct-lowest' | 'override' | 'restricted';
  /** The direct rule that decided, the first that holds in the methodology's order (X-H1 to X-H6, X-L0 for direct low); null where none did (X-P); restricted where the open facts alone would give another grade. */
  readonly rule: null | string;
  /** Every direct rule that holds (X-H1 to X-H6, X-L0). */
  readonly directRules: readonly string[];
  /** preliminary until a person has confirmed it, then final (S-8, S-10). */
  readonly status: 'preliminary' | 'final';
  /** unconfirmed-default: the weights are a default that nobody confirmed (W-5); others as the methodology declares them: identity-only, rated in the first 90 days; by-reference, an institution that follows the guideline without being bound by it (P-10). Sorted. */
  readonly marks: readonly string[];
  /** Every sub-item that has a weight in the customer's segment, in the methodology's order (E-0, W-6). */
  readonly items: readonly RatingItem[];
  /** Codes of the measures that follow from the grade, M-E1 to M-E9 and M-S1 to M-S4 in the default methodology (M-0, M-E0, M-S0). */
  readonly measures: readonly string[];
  /** Last day for the next review, days since 1970-01-01; null where none is known (T-2, T-3). */
  readonly reviewDueOn: null | number;
};

/** The exact total. */
export type Total = {
  /** S, the sum of score * weight over all items, an exact decimal (111, 182.5) (W-7). */
  readonly sum: string;
  /** m, the number of risk levels, 3 or more (W-7, W-9). */
  readonly levels: number;
};

/** How one sub-item was scored. */
export type RatingItem = {
  /** Id of the sub-item, C1 to I3 in the default methodology. */
  readonly id: string;
  /** a, 1 (lowest risk) to m (W-6). */
  readonly score: number;
  /** p, a decimal; the weights of a segment total 100 (W-2). */
  readonly weight: string;
  /** a * p / m, a decimal written like score (W-7). */
  readonly contribution: string;
  /** The value that was scored, as text; null where it is missing. */
  readonly value: null | string;
  /** Whether something required was absent, so that the missing score took part (S-6). */
  readonly missing: boolean;
  /** Whether an estimate took part (S-2). */
  readonly estimated: boolean;
  /** The facts that the score rests on. */
  readonly evidence: readonly Evidence[];
  /** Ids of the rules that the sub-item serves (E-C1 to I-3). */
  readonly rules: readonly string[];
};

/** One fact. */
export type Evidence = {
  /** Name of the attribute, feature or pattern. */
  readonly name: string;
  /** Its value, as text. */
  readonly value: string;
};

/** A version of a reference list (countries, industries, products ...) that replaces the list of this name in the methodology document in force (E-G1, E-B6, O-4). A large list comes in several records and takes effect with the last of them. Immutable like a methodology. */
export type ReferenceListPart = {
  /** Name of the list in the document (countryRisk). Without effect until the document in force has a list of that name. */
  readonly name: string;
  /** Version of the list's content, free text (2026-03). */
  readonly version: string;
  /** From when it is in force, UTC milliseconds; in the past: from when its last part is read. Of several whose time has come the one with the latest is in force, of equal ones the one that was complete last. The same in every part. */
  readonly validFrom: number;
  /** Number of this part, from 1. */
  readonly part: number;
  /** Number of parts; they may come in any order. The same in every part. */
  readonly parts: number;
  /** The rows of this part as JSON text: an object of rows by key, or a list of keys, as in the document. No key occurs in two parts. */
  readonly rows: string;
  /** The row for keys that are not listed, as JSON text; null where there is none. The same in every part. */
  readonly default?: string;
};

/** A grade change, rating or review task in full, where its open form leaves something out: what a methodology calls confidential. For those alone who may know of it; never to be shown to the customer (P-6). */
export type Restricted = {
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution (P-3). */
  readonly customer: string;
  /** What is told in full. */
  readonly kind: 'grade-change' | 'rating' | 'review-task';
  /** Sequence of the customer's latest grade change; 0 before the first. */
  readonly sequence: number;
  /** On the clock of the rating, UTC milliseconds. */
  readonly occurredAt: number;
  /** SHA-256 in hex of the RFC 8785 JSON of the open record that was published with it, of a grade change its hash; null where nothing was published openly. */
  readonly openHash: null | string;
  /** The full record as JSON, in the form of its kind. Sequence, grade, hash and previousHash of a grade change are those of the open one. */
  readonly content: string;
};

/** Something that a person has to do about a customer's rating, or has no longer to do (S-6, S-8, T-2, T-3). */
export type ReviewTask = {
  /** Identifies the task; open and close carry the same. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution (P-3). */
  readonly customer: string;
  /** What to do, a name from the methodology (collect-birth-date). */
  readonly kind: string;
  /** The sub-item concerned; null where the task is about the whole rating. */
  readonly item: null | string;
  /** open or close. */
  readonly action: 'open' | 'close';
  /** When it was opened or closed, UTC milliseconds. */
  readonly occurredAt: number;
  /** Why, a sentence. */
  readonly reason: string;
};

/** Something that happened around a customer and may change its risk. The kind decides which of the optional fields belong to it: one that does not is refused unless null. */
export type RiskEvent = {
  readonly type: 'risk-event';
  /** Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution; one grade per institution and customer (P-3). */
  readonly customer: string;
  /** When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts. */
  readonly occurredAt: number;
  /** The system that says so, free text; without effect on scores (S-1). */
  readonly source?: string;
  /** What happened: identity_changed, party_changed (T-4); account_opened, account_closed (E-B4.3, E-B5.1); str_filed (E-C4, X-L4, X-H4, E-B4.2); large_value_report, alert_closed (E-C4, M-S3); cross_border_alert (E-B3); exchange_alert (E-B5.2), futures_alert (E-B5.3), policy_event (E-B5.4); regulator_notice, law_enforcement_notice, exchange_notice, penalty, criminal_record, adverse_media (E-C6); judicial_inquiry (T-4, X-H6); control_list_hit, control_list_cleared (X-H1); pep_confirmed, pep_cleared (X-H2); cdd_changed (X-L6, X-H5); staff_note (P-8); review_done (T-2, T-3). */
  readonly kind: RiskEventKind;
  /** str_filed: the suspicious transaction report; two records with one strId are one report, the earliest (E-C4, X-H4, S-4). */
  readonly strId?: string;
  /** str_filed: the customer's role in the report, free string; any role counts (X-L4). */
  readonly role?: string;
  /** str_filed, account_opened, account_closed: party id of the agent who acted (E-B4.1, E-B4.2, E-B4.3). */
  readonly agentId?: string;
  /** alert_closed: whether a report followed (E-C4, M-S3). */
  readonly outcome?: AlertOutcome;
  /** account_opened, account_closed: the account (E-B4.3, E-B5.1). */
  readonly accountId?: string;
  /** adverse_media: standing of the medium (E-C6). */
  readonly medium?: Medium;
  /** adverse_media: whether the report is important; authoritative but not important counts as general (E-C6). */
  readonly important?: boolean;
  /** judicial_inquiry: inquiry, or freeze, which has no end (T-4, X-H6). */
  readonly measure?: JudicialMeasure;
  /** control_list_hit, control_list_cleared: the list entry; hits are kept by entry (X-H1). */
  readonly entryId?: string;
  /** cdd_changed: the new value of the profile register cdd (X-L6, X-H5). */
  readonly cdd?: CddStatus;
  /** futures_alert: stolen trading code (盗码), breach of a position limit, self-matched (对倒), pre-arranged (对敲) (E-B5.3). */
  readonly alertType?: FuturesAlertType;
  /** policy_event: what was done with the policy (E-B5.4). */
  readonly action?: PolicyAction;
};

export type RiskEventKind = 'identity_changed' | 'party_changed' | 'account_opened' | 'account_closed' | 'str_filed' | 'large_value_report' | 'alert_closed' | 'cross_border_alert' | 'exchange_alert' | 'futures_alert' | 'policy_event' | 'regulator_notice' | 'law_enforcement_notice' | 'exchange_notice' | 'penalty' | 'criminal_record' | 'adverse_media' | 'judicial_inquiry' | 'control_list_hit' | 'control_list_cleared' | 'pep_confirmed' | 'pep_cleared' | 'cdd_changed' | 'staff_note' | 'review_done';

export type AlertOutcome = 'reported' | 'not_reported';

export type Medium = 'authoritative' | 'general';

export type JudicialMeasure = 'inquiry' | 'freeze';

export type FuturesAlertType = 'stolen_code' | 'position_breach' | 'self_match' | 'pre_arranged';

export type PolicyAction = 'issue' | 'surrender' | 'servicing' | 'loan' | 'beneficiary_change' | 'top_up' | 'group_issue';

/** One posting as seen from one customer; a transfer between two customers is two records. A reversal repeats the booked record's fields with an id of its own and status reversed, and takes the booked record from its day, whichever arrives first (E-B1 to E-B6, E-G0). */
export type Transaction = {
  readonly type: 'transaction';
  /** Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused. */
  readonly id: string;
  /** The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3). */
  readonly institution: string;
  /** The customer's id within the institution; one grade per institution and customer (P-3). */
  readonly customer: string;
  /** When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts. */
  readonly occurredAt: number;
  /** The system that says so, free text; without effect on scores (S-1). */
  readonly source?: string;
  /** The posting's id: a booked record and its reversal share it. Records with one txId, accountId and direction are one posting, booked once and reversed at most once; one with other fields than the posting that is known is refused, whichever comes second (M-E7). */
  readonly txId: string;
  /** When it was booked, UTC milliseconds; windows go by occurredAt. */
  readonly bookedAt?: number;
  /** The customer's account, free string. */
  readonly accountId?: string;
  /** cash (E-B1), transfer and remittance (E-B2.5, E-B5.1), trade (E-B5.2, E-B5.3), policy (E-B5.4), trust (E-B5.5). */
  readonly kind: TransactionKind;
  /** in: to the customer, out: from the customer (E-B1). */
  readonly direction: Direction;
  /** Minor units of currency, 0 to 10^15. */
  readonly amount: number;
  /** ISO 4217 code of amount. */
  readonly currency: string;
  /** The amount in fen (CNY 0.01) at the booking date's rate, half-up, 0 to 10^15 (E-B1, E-B2.4, E-B2.5, E-B2.6, E-B5.1). */
  readonly amountCny: number;
  /** booked, or reversed: a reversed transaction counts no more from the reversal on. */
  readonly status: TransactionStatus;
  /** Where it was ordered; only online counts as online (E-B2). */
  readonly channel?: TransactionChannel;
  /** Address from which it was ordered (E-B2.2, E-B2.3). */
  readonly ip?: string;
  /** Where that address is: a GB/T 2260 region of 6 digits, or a country of ISO 3166-1 alpha-2 (E-B2.2). */
  readonly ipRegion?: string;
  /** Who operated the account, free string (E-B2.1). */
  readonly operatorId?: string;
  /** The device used, free string (E-B2.1). */
  readonly deviceId?: string;
  /** Party id of the agent who acted (E-B4). */
  readonly agentId?: string;
  /** The other side's id, free string (E-B2.6). */
  readonly counterpartyId?: string;
  /** What the other side is; a sole trader counts as a company (E-B2.5, E-B5.1, M-S3). */
  readonly counterpartyKind?: CustomerKind;
  /** Country of the other side, ISO 3166-1 alpha-2 (E-G0, E-B3). */
  readonly counterpartyCountry?: string;
  /** Country of the overseas institution in the chain, ISO 3166-1 alpha-2 (E-G0, E-B3). */
  readonly overseasFiCountry?: string;
  /** Whether it crossed the border; absent = false (E-B3, E-B5.1). */
  readonly crossBorder?: boolean;
  /** Product code, free string (E-B5, X-L2, X-L0, O-4). */
  readonly product?: string;
};

export type TransactionKind = 'cash' | 'transfer' | 'remittance' | 'trade' | 'policy' | 'trust';

export type Direction = 'in' | 'out';

export type TransactionStatus = 'booked' | 'reversed';

export type TransactionChannel = 'counter' | 'atm' | 'online' | 'phone';
