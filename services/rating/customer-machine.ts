import type { InputRecord } from '@tidemark/schemas/records';
import { dayOf, midnight } from './calendar';
import { decide, type CustomerDecision } from './customer';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

/** The rating of customers as a machine that an engine runs (services/engine/machine.ts). */
export interface CustomerMachine {
  readonly keyOf: (record: InputRecord) => string;
  readonly timeOf: (record: InputRecord) => number;
  readonly decide: (
    state: CustomerState | undefined,
    record: InputRecord,
    asOf: number,
  ) => CustomerDecision;
  readonly tick: (state: CustomerState, asOf: number) => CustomerDecision;
  readonly tickAt: (instant: number) => number;
}

export function customerMachine(methodology: Methodology): CustomerMachine {
  const { zone } = methodology;
  return {
    keyOf: ({ institution, customer }) => `${institution}:${customer}`,
    timeOf: ({ occurredAt }) => occurredAt,
    decide: (state, record, asOf) =>
      decide(state, { kind: 'record', record }, { methodology, asOf }),
    tick: (state, asOf) => {
      const { institution, customer } = state;
      return decide(state, { kind: 'tick', institution, customer }, { methodology, asOf });
    },
    // Local midnights: windows slide and birthdays come there.
    tickAt: (instant) => {
      const today = midnight(zone, dayOf(zone, instant));
      return today >= instant ? today : midnight(zone, dayOf(zone, instant) + 1);
    },
  };
}
