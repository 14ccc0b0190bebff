/** The shipped default methodology, said in the words of the guideline: given, when, then. */
import type { Rating } from '@tidemark/schemas/records';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { compiled, shippedDocument } from '../support/methodologies';
import { rateByCore } from './core';
import { cleanEntity, cleanNatural, newDraft, setProfile, type Draft } from './draft';
import type { Attributes } from './evaluator/records';

/** 2026-03-04T12:00+08:00, the day of the personas. */
export const NOON = Date.UTC(2026, 2, 4, 4);

export const methodology = compiled(shippedDocument('cn-aml-bank'));

/** Adds records to a customer. */
export type Facts = (draft: Draft) => void;

export interface Given {
  /** Attributes beside, or in place of, those of a customer whose every sub-item scores 1. */
  readonly set?: Attributes;
  readonly without?: readonly (keyof Attributes)[];
  readonly facts?: Facts;
  readonly asOf?: number;
}

function rated(clean: (draft: Draft) => Attributes, given: Given, by: Methodology): Rating {
  const draft = newDraft(given.asOf ?? NOON);
  const profile: Attributes = { ...clean(draft), ...given.set };
  for (const name of given.without ?? []) delete profile[name];
  setProfile(draft, profile, draft.asOf - 1);
  given.facts?.(draft);
  const rating = rateByCore(by, draft.records, draft.asOf);
  if (rating === null) throw new Error('no rating: the kind of customer is not known');
  return rating;
}

export const natural = (given: Given = {}, by = methodology): Rating =>
  rated(cleanNatural, given, by);
export const entity = (given: Given = {}, by = methodology): Rating =>
  rated(cleanEntity, given, by);

/** The score of a sub-item. */
export function scoreOf(rating: Rating, item: string): number | undefined {
  return rating.items.find(({ id }) => id === item)?.score;
}
export function isMissing(rating: Rating, item: string): boolean | undefined {
  return rating.items.find(({ id }) => id === item)?.missing;
}
