import { number, often, orNone, panel, quantile, rate, type Dashboard, type Panel } from './panels';

const P = '{partition=~"$partition"}';
const of = (name: string): string => `max by (partition) (${name}${P})`;

/** Not the one that always does. */
const FIRING = 'ALERTS{alertstate="firing", alertname!="Watchdog"}';

export const OVERVIEW: Dashboard = {
  id: 'overview',
  title: 'Tidemark: overview',
  panels: [
    number(
      'Alerts',
      'short',
      `count(${FIRING}) or vector(0)`,
      'That fire now; which ones stands below.',
    ),
    number(
      'Processes not ready',
      'short',
      'count(tidemark_ready == 0) or vector(0)',
      'They answer, and wait for something: their /readyz says for what.',
    ),
    number(
      'Partitions not readable',
      'short',
      'count(max by (partition) (tidemark_api_partition_readable) == 0) or vector(0)',
      'No HTTP interface can answer for their customers.',
    ),
    number(
      'Records committed within 1 s',
      'percentunit',
      '1 - tidemark:freshness_late:ratio1h',
      'Of the last hour; the objective is 99.9 % of 30 days.',
    ),
    number(
      'Budget left',
      'percentunit',
      '1 - tidemark:freshness_late:ratio30d / 0.001',
      'Of the records that may be late within 30 days; below 0 the objective is missed.',
    ),
    number(
      'Digest mismatches',
      'short',
      'sum(tidemark_digest_mismatches_total)',
      'The objective is none, ever.',
    ),
    number(
      'Partitions live',
      'short',
      'count(max by (partition) (tidemark_partition_phase{phase="live"}) == 1) or vector(0)',
      'All of them should be.',
    ),
    number(
      'Partitions that wait for a person',
      'short',
      'sum(max by (partition) (tidemark_partition_stuck))',
      'More than none: the runbook PartitionStuck.',
    ),
    panel(
      'Alerts that fire',
      'short',
      orNone(`count by (alertname, severity) (${FIRING})`),
      'firing {{alertname}} {{severity}}',
      'The runbook of each is called like it.',
    ),
    panel(
      'Ready',
      'short',
      'tidemark_ready',
      '{{job}} {{instance}}',
      '1 of each process; 0: it is up, and waits.',
    ),
    panel(
      'Partitions readable',
      'short',
      'sum by (job, instance) (tidemark_api_partition_readable)',
      '{{job}} {{instance}}',
      'How many each HTTP interface can answer for: all of them should be.',
    ),
    panel(
      'Records',
      'ops',
      rate('tidemark_records_total', 'topic'),
      '{{topic}}',
      'Decided and committed.',
    ),
    {
      ...{ title: 'Freshness', unit: 's', about: 'Append of a record to the commit of its step.' },
      queries: [0.5, 0.99, 0.999].map((q) => ({
        expr: quantile(q, 'tidemark_freshness_seconds'),
        legend: `p${q * 100}`,
      })),
    },
    panel(
      'Lag',
      's',
      'max by (partition) (tidemark_lag_seconds)',
      'partition {{partition}}',
      'Age of the oldest record that is not decided.',
    ),
    panel(
      'Grade changes',
      'ops',
      rate('tidemark_grade_changes_total', 'to'),
      'to {{to}}',
      'Published, by the new grade.',
    ),
    panel(
      'What became of records',
      'ops',
      rate('tidemark_decisions_total', 'outcome'),
      '{{outcome}}',
      'Duplicates and late ones change nothing.',
    ),
    {
      ...{ title: 'Dead letters', unit: 'short', about: 'Refused, by reason, in each interval.' },
      queries: [
        {
          expr: orNone(often('tidemark_dead_letters_total', 'code')),
          legend: 'from a topic {{code}}',
        },
        {
          expr: orNone(often('tidemark_http_events_total{verdict="refused"}', 'code')),
          legend: 'over HTTP {{code}}',
        },
      ],
    },
    panel(
      'CPU',
      'short',
      'rate(process_cpu_seconds_total{job=~"tidemark.*"}[$__rate_interval])',
      '{{job}} {{instance}}',
      'Cores. A processor of a cluster has one thread for decisions: 1 is all.',
    ),
    panel(
      'Memory',
      'bytes',
      'process_resident_memory_bytes{job=~"tidemark.*"}',
      '{{job}} {{instance}}',
      'Resident.',
    ),
    panel(
      'Event loop',
      's',
      'nodejs_eventloop_lag_p99_seconds{job=~"tidemark.*"}',
      '{{job}} {{instance}}',
      'A process that stands still is fenced after 10 s.',
    ),
    panel(
      'HTTP requests',
      's',
      quantile(0.99, 'tidemark_http_request_seconds', 'route'),
      '{{route}}',
      'p99 by route.',
    ),
    panel(
      'HTTP faults',
      'short',
      orNone(often('tidemark_http_request_seconds_count{status=~"5.."}', 'route, status')),
      '{{status}} {{route}}',
      'Answers of 500 and above in each interval: RequestsFail. Also /readyz of what is not ready.',
    ),
    panel(
      'Events over HTTP',
      'ops',
      rate('tidemark_http_events_total', 'verdict'),
      '{{verdict}}',
      'Accepted means durable.',
    ),
    panel(
      'Builds',
      'short',
      'count by (component, build) (tidemark_build_info)',
      '{{component}} {{build}}',
      'More than one of a component: a deployment is under way.',
    ),
  ],
};

const time = (title: string, histogram: string, about: string): Panel => ({
  ...{ title, unit: 's', about },
  queries: [0.5, 0.99].map((q) => ({
    expr: quantile(q, histogram, 'partition', P),
    legend: `p${q * 100} of {{partition}}`,
  })),
});

const gauge = (title: string, unit: Panel['unit'], name: string, about: string): Panel =>
  panel(title, unit, of(name), '{{partition}}', about);

const byTopic = (title: string, unit: Panel['unit'], name: string, about: string): Panel =>
  panel(title, unit, `max by (partition, topic) (${name}${P})`, '{{partition}} {{topic}}', about);

const counted = (title: string, name: string, by: string, about: string): Panel =>
  panel(title, 'ops', rate(name, `partition, ${by}`, P), `{{partition}} {{${by}}}`, about);

export const PARTITION: Dashboard = {
  id: 'partition',
  title: 'Tidemark: partition detail',
  byPartition: true,
  panels: [
    panel(
      'Phase',
      'short',
      `max by (partition, phase) (tidemark_partition_phase${P}) == 1`,
      '{{partition}} {{phase}}',
      'One for each owner; two only while it changes hands.',
    ),
    panel(
      'Last step',
      's',
      `time() - ${of('tidemark_last_step_timestamp_seconds')}`,
      '{{partition}}',
      'Its age: a quiet partition commits once a minute.',
    ),
    byTopic('Lag', 's', 'tidemark_lag_seconds', 'Age of the oldest record that is not decided.'),
    byTopic('Records that wait', 'short', 'tidemark_lag_records', 'Durable and not decided yet.'),
    byTopic(
      'Retention left',
      's',
      'tidemark_retention_left_seconds',
      'Until the oldest undecided record is deleted; infinite where all is kept.',
    ),
    time('Freshness', 'tidemark_freshness_seconds', 'Append of a record to its commit.'),
    time('Processing', 'tidemark_step_processing_seconds', 'Decoding and deciding of a step.'),
    time('Commit', 'tidemark_commit_seconds', 'One transaction in Kafka.'),
    panel(
      'Lateness',
      's',
      quantile(0.9, 'tidemark_lateness_seconds', 'partition', P),
      'p90 of {{partition}}',
      'How long ago records had happened when they came.',
    ),
    panel(
      'Step size',
      'short',
      quantile(0.9, 'tidemark_step_records', 'partition', P),
      'p90 of {{partition}}',
      'Records of a step.',
    ),
    counted('Steps', 'tidemark_steps_total', 'kind', 'By kind.'),
    counted('Commits', 'tidemark_transactions_total', 'outcome', 'All but committed is a fault.'),
    counted('Records published', 'tidemark_outputs_total', 'topic', 'By topic.'),
    gauge(
      'Takeovers',
      'short',
      'tidemark_takeovers_total',
      'By the present owner since its start.',
    ),
    gauge('Fenced', 'short', 'tidemark_fenced_total', 'By another owner, or a time-out.'),
    counted('Failures', 'tidemark_failures_total', 'kind', 'Each was answered by a recovery.'),
    {
      ...{ title: 'Recovery', unit: 's', about: 'Mean time from a fence to live.' },
      queries: [
        {
          expr: `sum by (partition) (tidemark_recovery_seconds_sum${P}) / sum by (partition) (tidemark_recovery_seconds_count${P})`,
          legend: '{{partition}}',
        },
      ],
    },
    gauge('Replayed steps', 'short', 'tidemark_replayed_steps_total', 'Since the start.'),
    gauge('Steps to replay', 'short', 'tidemark_replay_steps_left', 'While it recovers.'),
    gauge('Checkpoint', 's', 'tidemark_checkpoint_age_seconds', 'Age of what it lacks.'),
    gauge('States it lacks', 'short', 'tidemark_checkpoint_dirty_states', 'To be checkpointed.'),
    gauge('Restart', 'short', 'tidemark_checkpoint_steps', 'Steps that it would run again.'),
    gauge('Redis behind', 'short', 'tidemark_states_lag_steps', 'Steps.'),
    gauge('Redis made anew', 'short', 'tidemark_states_rebuilds_total', 'Since the start.'),
    gauge('Clock skew', 's', 'tidemark_clock_skew_seconds', 'Owner minus broker; 60 s stops it.'),
    gauge('Sweep', 'short', 'tidemark_sweep_customers_left', 'Customers to decide once more.'),
  ],
};
