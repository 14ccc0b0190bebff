import {
  addEvent,
  cleanEntity,
  cleanNatural,
  datesAgo,
  newDraft,
  setProfile,
  type Draft,
} from '../draft';
import { evaluate } from '../evaluator';
import { DAY_MS, dayOf } from './calendar';
import type { ItemScore } from './facts';
import type { Attributes } from './records';

const NOON = 'T12:00:00+08:00';

function natural(set: Attributes = {}, date = '2026-03-04'): Draft {
  const draft = newDraft(Date.parse(date + NOON));
  setProfile(draft, { ...cleanNatural(draft), ...set });
  return draft;
}

function entity(set: Attributes = {}, date = '2026-03-04'): Draft {
  const draft = newDraft(Date.parse(date + NOON));
  setProfile(draft, { ...cleanEntity(draft), ...set });
  return draft;
}

function item(draft: Draft, id: string): ItemScore | undefined {
  return evaluate(draft.records, draft.asOf).items[id];
}

function score(draft: Draft, id: string): number | undefined {
  return item(draft, id)?.score;
}

describe('customer sub-items', () => {
  it('scores a listed company 1 where openness is not stated, and 4 a partly closed one (E-C1)', () => {
    const listed = entity({ listingMic: 'XSHG' });
    listed.records.push({
      ...setProfile(newDraft(listed.asOf), {}),
      id: 'x',
      clear: ['infoOpenness'],
    });
    expect(item(listed, 'C1')).toEqual({ score: 1, missing: false });
    expect(score(entity({ infoOpenness: 'partial', listingMic: 'XSHG' }), 'C1')).toBe(4);
  });

  it('scores counter, affiliate, intermediary 1, 2, 4 (E-C2)', () => {
    const channels = ['counter', 'affiliate', 'intermediary'];
    expect(channels.map((channel) => score(natural({ channel }), 'C2'))).toEqual([1, 2, 4]);
  });

  it('takes a document as valid on its last day and as expired the day after (E-C3)', () => {
    const idExpiry = dayOf(2026, 3, 4);
    expect(score(natural({ idExpiry }, '2026-03-04'), 'C3')).toBe(1);
    expect(score(natural({ idExpiry }, '2026-03-05'), 'C3')).toBe(5);
  });

  it.each([
    [364 * DAY_MS, 4],
    [365 * DAY_MS - 1, 4],
    [365 * DAY_MS, 3],
    [730 * DAY_MS - 1, 3],
    [730 * DAY_MS, 1],
  ])('scores one report %d ms old as %d (E-C4)', (ageMs, expected) => {
    const draft = natural();
    addEvent(draft, 'str_filed', { strId: 's', role: 'subject' }, draft.asOf - ageMs);
    expect(score(draft, 'C4')).toBe(expected);
  });

  it('counts two records of one report once, by the earliest (E-C4, S-4)', () => {
    const draft = natural();
    addEvent(draft, 'str_filed', { strId: 's', role: 'subject' }, draft.asOf - 400 * DAY_MS);
    addEvent(draft, 'str_filed', { strId: 's', role: 'subject' }, draft.asOf);
    expect(score(draft, 'C4')).toBe(3);
  });

  it.each([
    [2, 1],
    [3, 2],
    [9, 2],
    [10, 3],
  ])('scores %d closed alerts in 365 dates as %d (E-C4)', (count, expected) => {
    const draft = natural();
    for (let index = 0; index < count; index += 1) {
      addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, 364));
    }
    addEvent(draft, 'alert_closed', { outcome: 'not_reported' }, datesAgo(draft, 365));
    expect(score(draft, 'C4')).toBe(expected);
  });

  it('scores 3 layers 3, 4 layers 4, a nominee 5 (E-C5)', () => {
    expect(score(entity({ ownershipLayers: 3 }), 'C5')).toBe(3);
    expect(score(entity({ ownershipLayers: 4 }), 'C5')).toBe(4);
    expect(score(entity({ nomineeShareholder: true }), 'C5')).toBe(5);
  });

  it('asks no layers of a public body, and takes the higher where they are stated (E-C5)', () => {
    const body = cleanEntity(newDraft(0));
    delete body.ownershipLayers;
    const draft = newDraft(Date.parse('2026-03-04' + NOON));
    setProfile(draft, { ...body, legalForm: 'state_organ' });
    expect(item(draft, 'C5')).toEqual({ score: 1, missing: false });
    expect(score(entity({ legalForm: 'state_organ', ownershipLayers: 2 }), 'C5')).toBe(2);
  });

  it('counts a penalty of 1,094 days and not of 1,095, a criminal record at any age (E-C6)', () => {
    const penalised = (days: number): Draft => {
      const draft = natural();
      addEvent(draft, 'penalty', {}, draft.asOf - days * DAY_MS);
      return draft;
    };
    expect(score(penalised(1094), 'C6')).toBe(4);
    expect(score(penalised(1095), 'C6')).toBe(1);
    const convicted = natural();
    addEvent(convicted, 'criminal_record', {}, convicted.asOf - 9000 * DAY_MS);
    expect(score(convicted, 'C6')).toBe(5);
  });

  it('is missing when last screened 365 days ago, beside the higher known fact (E-C6)', () => {
    const screened = (ageMs: number): Draft => {
      const draft = natural();
      setProfile(draft, { lastScreened: draft.asOf - ageMs }, draft.asOf);
      return draft;
    };
    expect(item(screened(365 * DAY_MS - 1), 'C6')).toEqual({ score: 1, missing: false });
    const stale = screened(365 * DAY_MS);
    expect(item(stale, 'C6')).toEqual({ score: 3, missing: true });
    addEvent(stale, 'penalty');
    expect(item(stale, 'C6')).toEqual({ score: 4, missing: true });
  });

  it.each([
    ['authoritative', true, 4],
    ['authoritative', false, 2],
    ['general', true, 2],
  ])('scores %s media, important %s, as %d (E-C6)', (medium, important, expected) => {
    const draft = natural();
    addEvent(draft, 'adverse_media', { medium, important });
    expect(score(draft, 'C6')).toBe(expected);
  });

  it('scores 17 years 4 and the 18th birthday 2 (E-C7)', () => {
    const birthDate = dayOf(2008, 3, 4);
    expect(score(natural({ birthDate }, '2026-03-03'), 'C7')).toBe(4);
    expect(score(natural({ birthDate }, '2026-03-04'), 'C7')).toBe(2);
  });

  it('completes a birthday of 29 February on 1 March (E-C7, section 15)', () => {
    const birthDate = dayOf(2008, 2, 29);
    expect(score(natural({ birthDate }, '2026-02-28'), 'C7')).toBe(4);
    expect(score(natural({ birthDate }, '2026-03-01'), 'C7')).toBe(2);
  });

  it('scores 5 months 5 and 6 months 4 (E-C8)', () => {
    const establishedDate = dayOf(2025, 9, 4);
    expect(score(entity({ establishedDate }, '2026-03-03'), 'C8')).toBe(5);
    expect(score(entity({ establishedDate }, '2026-03-04'), 'C8')).toBe(4);
  });
});
