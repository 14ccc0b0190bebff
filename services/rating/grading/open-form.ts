import type { Rating, Restricted } from '@tidemark/schemas/records';
import type { Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';
import { assess, type Assessment } from './assess';
import { explain } from './explain';

/** The one word that stands for all that is confidential. */
export const RESTRICTED = 'restricted';

/** By which units a rating is told, and what they add up to. */
export interface Form {
  readonly methodology: Methodology;
  readonly assessment: Assessment;
}

/**
 * What all may know of a rating: what the open facts alone add up to. Where that would be another grade,
 * its basis is one word, whatever the reason. The grade itself is not told by this form: it is the
 * effective one, which everyone must know.
 */
export function openForm({ methodology, assessment }: Form, state: CustomerState): Form {
  const { open, twins } = methodology;
  if (open === undefined) return { methodology, assessment };
  const { results } = state;
  const differs = twins.some(({ of, index }) => results[of] !== results[index]);
  const told = differs ? assess(open, state) : assessment;
  const isExplained = told.calculatedGrade === assessment.calculatedGrade;
  return {
    methodology: open,
    assessment: isExplained ? told : { ...told, basis: RESTRICTED, rule: RESTRICTED },
  };
}

/** The rating as it stands, as all may know it or in full; undefined while the segment is unknown. */
export function ratingOf(
  methodology: Methodology,
  state: CustomerState,
  form: 'open' | 'full',
): Rating | undefined {
  if (state.segment < 0) return undefined;
  const full = { methodology, assessment: assess(methodology, state) };
  const told = form === 'full' ? full : openForm(full, state);
  return explain(told.methodology, state, told.assessment);
}

/** What is told in full to those who may know. */
export function restricted(
  { institution, customer, published }: CustomerState,
  kind: Restricted['kind'],
  occurredAt: number,
  content: string,
  openHash: string | null,
): Restricted {
  const { sequence } = published;
  return { institution, customer, kind, sequence, occurredAt, openHash, content };
}
