import type { Party } from '@tidemark/schemas/records';
import type { Story } from '../archetype';

const DISTRICTS = ['310115', '330106', '320507', '440305', '510104', '110108', '420106'] as const;

/** Moves to another province; the account follows to a branch there after some months. */
export const moves: Story = (diary, day) => {
  const region = diary.random.pick(DISTRICTS);
  diary.state(day, { domicile: { country: 'CN', region } });
  diary.happen(day, { kind: 'identity_changed' });
  diary.state(day + diary.random.between(40, 120), { branchRegion: region });
};

export const movesAbroad: Story = (diary, day) => {
  const country = diary.random.pick(['US', 'SG', 'XA', 'XC', 'JP']);
  diary.state(day, { domicile: { country }, residency: 'non_resident' });
  diary.happen(day, { kind: 'identity_changed' });
};

/** The identity document runs out and is renewed weeks later (E-C3). */
export const letsIdExpire: Story = (diary, day) => {
  diary.state(day - 14, { idExpiry: diary.epochDay(day) });
  const renewed = day + diary.random.between(5, 70);
  diary.state(renewed, { idExpiry: diary.epochDay(renewed + 3650), idCheck: 'registry_verified' });
  diary.happen(renewed, { kind: 'identity_changed' });
};

/** An old document that nobody can check, until the customer brings a new one. */
export const weakId: Story = (diary, day) => {
  diary.state(day, { idCheck: 'weak' });
  diary.state(day + diary.random.between(30, 90), { idCheck: 'mainland_verified' });
};

/** Screening was forgotten for a year; somebody notices (E-C6). */
export const forgottenScreening: Story = (diary, day) => {
  diary.state(day - 20, { lastScreened: diary.midnight(day - 365) });
  diary.state(day + diary.random.between(10, 80), { lastScreened: diary.midnight(day + 9) });
};

/** A third party confirms job and income: the data become more open (E-C1). */
export const incomeVerified: Story = (diary, day) => {
  diary.state(day, { infoOpenness: 'audited', purposeSource: 'proven' });
};

/** An attribute turns out to be wrong and is withdrawn until it is known again. */
export const dataWithdrawn: Story = (diary, day) => {
  diary.state(day, {}, ['infoOpenness', 'pepStatus', 'channel']);
  diary.state(day + diary.random.between(15, 50), {
    infoOpenness: 'registry',
    pepStatus: 'none',
    channel: 'counter',
  });
};

/** Met in person at last, after an opening from afar (E-C2). */
export const comesToBranch: Story = (diary, day) => {
  diary.state(day, { channel: 'counter', idCheck: 'registry_verified' });
};

export const losesJob: Story = (diary, day) => {
  diary.state(day, { occupation: 'unemployed' });
  diary.state(day + diary.random.between(40, 150), { occupation: 'employee' });
};

/** Savings pass 200,000 yuan and are spent again (X-L1). */
export const savesTooMuch: Story = (diary, day) => {
  diary.state(day, { netFinancialAssets: 20_000_001 });
  diary.state(day + diary.random.between(40, 120), { netFinancialAssets: 15_000_000 });
};

/** A neighbour acts for the customer; later it is the daughter, with proof (E-B4, X-L5). */
export const neighbourThenDaughter: Story = (diary, day) => {
  const agentId = `agent-${diary.random.between(1, 40)}`;
  diary.state(day, { agentKind: 'unrelated' });
  for (let n = 0; n < 3; n += 1) {
    const accountId = `a-${diary.customer}-v${n}`;
    diary.happen(day + 2 + n * 7, { kind: 'account_opened', accountId, agentId });
  }
  diary.state(day + diary.random.between(60, 130), { agentKind: 'relative', kinship: true });
};

/** Has left office eleven months ago; a month later it is twelve (X-H2, I-2). */
export const leftOffice: Story = (diary, day) => {
  const set = { pepStatus: 'foreign_pep', leftOffice: diary.epochDay(day - 335) } as const;
  diary.state(day, set);
};

/** Insurance of a size that bars direct low for a while. */
export const paysPremiums: Story = (diary, day) => {
  diary.state(day, { annualPremium: { amount: 1_200_000, currency: 'CNY' } });
  diary.state(day + 70, { annualPremium: { amount: 900_000, currency: 'CNY' } });
  diary.state(day + 90, {
    singlePremium: { amount: 1_900_000, currency: 'USD' },
    premiumCash: false,
  });
};

/** The kind of customer becomes known: from then on there is a rating. */
export const kindLearned: Story = (diary, day) => {
  diary.state(day, { customerKind: 'natural' });
};

/** A shop turns into a scrap yard, or a jeweller's (I-1, I-3). */
export const changesBusiness: Story = (diary, day) => {
  diary.state(day, { industry: diary.random.pick(['F5191', 'F5245', 'H6210', 'R9041']) });
};

/** Ownership papers arrive after months (E-C5). */
export const ownershipClarified: Story = (diary, day) => {
  diary.state(day, { ownershipLayers: 1, boStatus: 'verified' });
};

const party = (partyId: string, more: Omit<Party, 'partyId'>): Party => ({ partyId, ...more });
const OWNER = party('owner-1', { role: 'beneficial_owner', nationality: ['CN'] });

const newParties =
  (...parties: readonly Party[]): Story =>
  (diary, day) => {
    diary.state(day, { parties });
    diary.happen(day, { kind: 'party_changed' });
  };

/** The owner is unknown for longer than 30 days, and is then identified (C5, X-H6). */
export const ownerUnknown: Story = (diary, day) => {
  diary.state(day, { boStatus: 'unknown' });
  diary.state(day + diary.random.between(10, 60), { boStatus: 'verified', parties: [OWNER] });
};

/** More layers, a foreign holding on top, then a simpler structure again. */
export const restructured: Story = (diary, day) => {
  diary.state(day, { ownershipLayers: 4, foreignHolding: true });
  diary.happen(day, { kind: 'party_changed' });
  const later = day + diary.random.between(60, 160);
  diary.state(later, { ownershipLayers: 2, foreignHolding: false });
};

export const ownerFromXb = newParties(
  OWNER,
  party('owner-2', { role: 'controller', nationality: ['XB'], domicile: { country: 'XB' } }),
);
export const nomineeAppears = newParties(
  OWNER,
  party('holder-1', { role: 'nominee_shareholder' }),
  party('lawyer-1', { role: 'legal_representative' }),
);
/** A foreign minister becomes the owner, and sells after some weeks (X-H3). */
export const pepOwner: Story = (diary, day) => {
  const minister = party('owner-3', { role: 'beneficial_owner', pepStatus: 'foreign_pep' });
  newParties(minister)(diary, day);
  newParties(OWNER)(diary, day + diary.random.between(20, 60));
};
/** The controller is put on a control list (X-H3). */
export const listedController = newParties(
  party('controller-1', { role: 'controller', controlListed: true }),
);
