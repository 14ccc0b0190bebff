import type { Story } from '../archetype';
import type { Diary, Happening } from '../diary';

/** A story of events alone: each so many days after the one before. */
const told =
  (...events: readonly (readonly [afterDays: number, Happening])[]): Story =>
  (diary, day) => {
    let at = day;
    for (const [after, happening] of events) {
      at += after;
      diary.happen(at, happening);
    }
  };

const NOTE: Happening = { kind: 'staff_note' };
const REVIEW: Happening = { kind: 'review_done' };
const CLEARED: Happening = { kind: 'alert_closed', outcome: 'not_reported' };
const REPORTED: Happening = { kind: 'alert_closed', outcome: 'reported' };

/** Three alerts within weeks, none of them founded: up for as long as they count, then down. */
export const falseAlarms: Story = (diary, day) => {
  const count = diary.random.between(3, 5);
  for (let n = 0; n < count; n += 1) diary.happen(day + n * diary.random.between(3, 12), CLEARED);
};

/** The monitoring cannot leave the customer alone. */
export const manyAlarms: Story = (diary, day) => {
  for (let n = 0; n < 12; n += 1) diary.happen(day + n * diary.random.between(4, 9), CLEARED);
};

function report(diary: Diary, day: number, strId: string, agentId?: string): void {
  diary.happen(day, REPORTED);
  const by = agentId === undefined ? {} : { agentId };
  diary.happen(day + 2, { kind: 'str_filed', strId, role: 'account_holder', ...by });
}

/** One suspicious-transaction report (E-C4). */
export const reported: Story = (diary, day) => {
  report(diary, day, `str-${diary.customer}-1`);
};

/** The same report from two systems, then a second one: directly the highest grade (X-H4). */
export const reportedTwice: Story = (diary, day) => {
  report(diary, day, `str-${diary.customer}-1`);
  report(diary, day + 6, `str-${diary.customer}-1`);
  report(diary, day + 50, `str-${diary.customer}-2`);
};

/** Two reports in which somebody acted for the customer (E-B4.2). */
export const reportedWithAgent: Story = (diary, day) => {
  report(diary, day, `str-${diary.customer}-1`, 'agent-7');
  report(diary, day + 35, `str-${diary.customer}-2`, 'agent-7');
};

/** A hit on a control list that turns out to be another person of the same name (X-H1). */
export const namesake: Story = (diary, day) => {
  const entryId = `list-${diary.random.between(100, 999)}`;
  diary.happen(day, { kind: 'control_list_hit', entryId });
  diary.happen(day + diary.random.between(3, 30), { kind: 'control_list_cleared', entryId });
};

/** A hit that stays; of two entries only one is cleared. */
export const listed: Story = (diary, day) => {
  diary.happen(day, { kind: 'control_list_hit', entryId: 'list-17' });
  diary.happen(day + 4, { kind: 'control_list_hit', entryId: 'list-18' });
  diary.happen(day + 20, { kind: 'control_list_cleared', entryId: 'list-18' });
};

/** Taken for the relative of a foreign minister, for some weeks (X-H2). */
export const mistakenForPep: Story = (diary, day) => {
  diary.happen(day, { kind: 'pep_confirmed' });
  diary.happen(day + diary.random.between(5, 40), { kind: 'pep_cleared' });
};

export const becomesPep: Story = told([0, NOTE], [3, { kind: 'pep_confirmed' }]);

/** Delays, refuses, and in the end sends the papers (X-H5). */
export const refusesPapers: Story = told(
  [0, { kind: 'cdd_changed', cdd: 'delayed' }],
  [20, { kind: 'cdd_changed', cdd: 'refused' }],
  [25, NOTE],
  [5, { kind: 'cdd_changed', cdd: 'cooperative' }],
  [2, REVIEW],
);

export const inquiredInto: Story = told(
  [0, { kind: 'judicial_inquiry', measure: 'inquiry' }],
  [10, REVIEW],
);

/** Accounts frozen by a court (X-H6). */
export const frozen: Story = told(
  [0, { kind: 'judicial_inquiry', measure: 'inquiry' }],
  [18, { kind: 'law_enforcement_notice' }],
  [12, { kind: 'judicial_inquiry', measure: 'freeze' }],
);

export const inTheNews: Story = told(
  [0, { kind: 'adverse_media', medium: 'general', important: false }],
  [4, { kind: 'adverse_media', medium: 'authoritative', important: false }],
);

export const inTheSeriousNews: Story = told(
  [0, { kind: 'adverse_media', medium: 'general', important: true }],
  [9, { kind: 'adverse_media', medium: 'authoritative', important: true }],
  [30, REVIEW],
);

/** From a question of the regulator to a penalty. */
export const penalised: Story = told(
  [0, { kind: 'regulator_notice' }],
  [45, { kind: 'penalty' }],
  [14, REVIEW],
);

export const warnedByExchange: Story = told(
  [0, { kind: 'exchange_alert' }],
  [5, { kind: 'exchange_alert' }],
  [9, { kind: 'exchange_notice' }],
  [14, CLEARED],
  [4, CLEARED],
  [6, CLEARED],
);

export const futuresAlarms: Story = told(
  [0, { kind: 'futures_alert', alertType: 'position_breach' }],
  [6, { kind: 'futures_alert', alertType: 'self_match' }],
  [8, { kind: 'futures_alert', alertType: 'pre_arranged' }],
  [1, CLEARED],
  [9, { kind: 'futures_alert', alertType: 'stolen_code' }],
  [3, CLEARED],
  [12, CLEARED],
);

export const convicted: Story = told([0, NOTE], [1, { kind: 'criminal_record' }], [9, REVIEW]);

/** Once, then again, in abnormal cross-border reports (E-B3). */
export const abnormalAbroad: Story = told(
  [0, { kind: 'cross_border_alert' }],
  [40, { kind: 'cross_border_alert' }],
);

export const busyPolicyholder: Story = told(
  [0, { kind: 'policy_event', action: 'issue' }],
  [10, { kind: 'policy_event', action: 'top_up' }],
  [30, { kind: 'policy_event', action: 'beneficiary_change' }],
  [20, { kind: 'policy_event', action: 'loan' }],
  [10, { kind: 'policy_event', action: 'servicing' }],
  [40, { kind: 'policy_event', action: 'surrender' }],
);

export const groupPolicy: Story = told([0, { kind: 'policy_event', action: 'group_issue' }]);

export const reviewed: Story = told([0, REVIEW]);
