import { NEVER } from '../calendar';
import type { Methodology } from '../methodology/methodology';
import type { CustomerState } from '../state';

/** The earliest instant at which time alone can change the customer; NEVER if it cannot. */
export const nextDue = (methodology: Methodology, state: CustomerState): number =>
  Math.min(
    nextChange(state),
    state.pending[0]?.occurredAt ?? NEVER,
    waitsUntil(methodology, state),
  );

/** When the first rating is published although facts are missing; NEVER once it has been. */
export const waitsUntil = (
  { waitMs }: Methodology,
  { waited, published, firstSeen }: CustomerState,
): number => (waited || published.sequence > 0 ? NEVER : firstSeen + waitMs);

/** The earliest instant at which a result may change. */
function nextChange(state: CustomerState): number {
  let next = NEVER;
  const { untils } = state;
  for (let i = 0; i < untils.length; i += 1) {
    const until = untils[i] ?? NEVER;
    if (until < next) next = until;
  }
  return next;
}
