import type { Finding, Scrubbed } from '@tidemark/engine/adapters/redis/scrubber';
import type { CustomerDecision } from '@tidemark/rating/customer';
import type { Journal } from '@tidemark/schemas/records';
import {
  each,
  lagOf,
  CLUSTER,
  oneOf,
  other,
  others,
  perPartition,
  PHASES,
  place,
  seconds,
  single,
  status,
  type PartitionMetric,
} from './partition-metric';

const gauge = perPartition('gauge');
const counter = perPartition('counter');
const histogram = perPartition('histogram');
const clusterGauge = perPartition('gauge', CLUSTER);
const clusterCounter = perPartition('counter', CLUSTER);

/** Names that are counted from 0 on. */
const OUTCOMES: readonly CustomerDecision['outcome'][] = [
  ...(['applied', 'duplicate', 'late', 'pending', 'refused', 'ticked', 'swept'] as const),
];
const OUTPUTS = ['grade-changes', 'ratings', 'review-tasks', 'restricted', 'dead-letters'];
const KINDS: readonly Journal['kind'][] = ['records', 'skip', 'tick', 'sweep', 'version'];
const FINDINGS: readonly Finding[] = [
  ...(['damaged', 'missing-state', 'missing-entry', 'other-entry'] as const),
  ...(['missing', 'behind', 'other-state'] as const),
];
const ENDS: readonly (Scrubbed['ended'] | 'failed')[] = ['done', 'found', 'left', 'failed'];

const PHASE: readonly PartitionMetric[] = [
  gauge('partition_phase', ['phase'], '1 for the phase that the partition is in', ({ phase }) =>
    oneOf(PHASES, phase),
  ),
  gauge(
    'partition_stuck',
    ['reason'],
    '1: the partition waits for a person, by what kind of reason; 0 (none): it does not',
    ({ stuck }) => [{ labels: [stuck ?? 'none'], value: stuck === undefined ? 0 : 1 }],
  ),
  gauge(
    'partition_step',
    [],
    'Number of the last committed step',
    place(({ step }) => step),
  ),
  gauge(
    'partition_clock_timestamp_seconds',
    [],
    'The clock of the partition, Unix time',
    // before its first step it is far in the past
    place(({ clock, version }) => (version === '' ? undefined : clock / 1000)),
  ),
  gauge(
    'last_step_timestamp_seconds',
    [],
    'When a step was last committed, Unix time',
    single(({ measures }) => seconds(measures.lastStepAt)),
  ),
];

const RECORDS: readonly PartitionMetric[] = [
  counter(
    'records_total',
    ['topic'],
    'Records that were decided and committed',
    each(({ records }) => records),
  ),
  counter(
    'decisions_total',
    ['outcome'],
    'What became of records, of time that passed (ticked) and of customers that were decided once more (swept)',
    each(({ outcomes }) => outcomes, OUTCOMES),
  ),
  counter(
    'dead_letters_total',
    ['code'],
    'Records that were refused, by reason',
    each(({ letters }) => letters),
  ),
  counter(
    'grade_changes_total',
    ['from', 'to'],
    'Grade changes that were published',
    ({ measures }) =>
      [...measures.counted].map(([name, value]) => ({ labels: name.split('>'), value })),
  ),
  counter(
    'outputs_total',
    ['topic'],
    'Records that were published',
    each(({ outputs }) => outputs, OUTPUTS),
  ),
  histogram(
    'freshness_seconds',
    [],
    'From the append of an input record to the commit of its step, every record',
    single(({ measures }) => measures.freshness),
  ),
  histogram(
    'lateness_seconds',
    [],
    'From when a record happened to its append, every record; one dated ahead of its append counts as 0',
    single(({ measures }) => measures.lateness),
  ),
  gauge(
    'lag_records',
    ['topic'],
    'Records that are durable and not decided yet',
    lagOf(({ records }) => records),
  ),
  gauge(
    'lag_seconds',
    ['topic'],
    'Age of the oldest record that is not decided yet; 0: there is none',
    lagOf(({ ageMs }) => seconds(ageMs)),
  ),
  clusterGauge(
    'retention_left_seconds',
    ['topic'],
    'Until retention.ms deletes the oldest record that is not decided yet; +Inf where it deletes nothing',
    lagOf(({ retentionLeftMs }) => seconds(retentionLeftMs)),
  ),
];

const STEPS: readonly PartitionMetric[] = [
  counter(
    'steps_total',
    ['kind'],
    'Committed steps',
    each(({ steps }) => steps, KINDS),
  ),
  histogram(
    'step_records',
    [],
    'Records of a step of records',
    single(({ measures }) => measures.stepRecords),
  ),
  histogram(
    'step_processing_seconds',
    [],
    'Decoding and deciding of a step of records, states that had to be read included',
    single(({ measures }) => measures.processing),
  ),
  histogram(
    'commit_seconds',
    [],
    'Commit of a step',
    single(({ measures }) => measures.commit),
  ),
  counter(
    'transactions_total',
    ['outcome'],
    'Commits by what is known of their end: committed, aborted, unknown (the journal tells at the recovery that follows)',
    each(({ commits }) => commits, ['committed', 'aborted', 'unknown']),
  ),
  counter(
    'unknown_commits_total',
    ['journal'],
    'Commits whose end was not known, by what the journal said at the recovery: found or lost',
    others('unknown-commits:', ['found', 'lost']),
  ),
  clusterGauge(
    'clock_skew_seconds',
    [],
    'How far the clock of the process is before that of the broker, at the last commit',
    single(({ measures }) => seconds(measures.skewMs)),
  ),
];

const RECOVERIES: readonly PartitionMetric[] = [
  counter(
    'takeovers_total',
    [],
    'Times that this process has taken the partition over',
    other('takeovers'),
  ),
  clusterCounter(
    'fenced_total',
    [],
    'Times that another owner, or a time-out of a transaction, has fenced this process',
    other('fenced'),
  ),
  counter(
    'failures_total',
    ['kind'],
    'Failures that were answered by taking the partition over again: failed, or states-lost',
    ({ measures: { others: counts } }) => [
      { labels: ['failed'], value: counts.get('recoveries') ?? 0 },
      { labels: ['states-lost'], value: counts.get('states-lost') ?? 0 },
    ],
  ),
  histogram(
    'recovery_seconds',
    [],
    'From a fence to the end of the replay',
    single(({ measures }) => measures.recovery),
  ),
  counter('replayed_steps_total', [], 'Steps that were run again', other('replayed-steps')),
  gauge(
    'replay_steps_left',
    [],
    'Steps to run again until the partition is live',
    status(({ replay }) => replay.of - replay.done),
  ),
  counter(
    'digest_mismatches_total',
    [],
    'Customers of which a replay brought something else than the same build had published',
    other('digest-mismatches'),
  ),
  gauge(
    'sweep_customers_left',
    [],
    'Customers that a sweep has yet to decide',
    status(({ sweepLeft }) => sweepLeft),
  ),
];

const STATES: readonly PartitionMetric[] = [
  gauge(
    'checkpoint_age_seconds',
    [],
    'Age of the oldest change of a state that the checkpoint lacks; 0: it lacks none',
    status(({ dirtySince }) =>
      dirtySince === undefined ? 0 : Math.max(0, Date.now() - dirtySince) / 1000,
    ),
  ),
  gauge(
    'checkpoint_dirty_states',
    [],
    'States that the checkpoint lacks',
    status(({ dirty }) => dirty),
  ),
  gauge(
    'checkpoint_steps',
    [],
    'Steps that a restart from the checkpoint would run again',
    status(({ step, restartStep }) => Math.max(0, step + 1 - restartStep)),
  ),
  counter(
    'checkpointed_states_total',
    [],
    'States that were written to the checkpoint',
    other('checkpointed'),
  ),
  clusterGauge(
    'checkpoint_lost_timestamp_seconds',
    [],
    'When a recovery last found that the checkpoint was not there, or had lost something, Unix time; 0: never',
    single(({ measures }) => (measures.checkpointLostAt ?? 0) / 1000),
  ),
  clusterGauge(
    'states_lag_steps',
    [],
    'Steps that the states in Redis are behind',
    status(({ phase, copyBehind }) => (phase === 'live' ? copyBehind : undefined)),
  ),
  clusterCounter(
    'states_rebuilds_total',
    [],
    'Times that the states in Redis were made anew from the checkpoint',
    other('rebuilds'),
  ),
  clusterCounter(
    'scrubbed_states_total',
    [],
    'States in Redis that were looked at to find damaged and lost ones',
    other('scrubbed'),
  ),
  clusterCounter(
    'scrub_findings_total',
    ['finding'],
    'States in Redis that were found otherwise than they should be: damaged (cannot be read), missing-state (an entry in the due index without a state), missing-entry (the reverse), other-entry (of another time); against the checkpoint: missing, behind (of an older step), other-state (of the same step)',
    others('scrub-found:', FINDINGS),
  ),
  clusterCounter(
    'scrub_walks_total',
    ['ended'],
    'Walks over the states in Redis, by how they ended',
    others('scrub-walks:', ENDS),
  ),
];

/** All of them but the figures of the portfolio. */
export const PARTITION_METRICS: readonly PartitionMetric[] = [
  ...PHASE,
  ...RECORDS,
  ...STEPS,
  ...RECOVERIES,
  ...STATES,
];
