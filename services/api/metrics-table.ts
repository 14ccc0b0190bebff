import type { AboutMetric } from '@tidemark/processor/metric-text';
import { PARTITION_METRICS } from '@tidemark/processor/partition-metrics';
import { PORTFOLIO_METRICS } from '@tidemark/processor/portfolio-metrics';
import { OUTSIDE_METRICS, PROCESS_METRICS } from '@tidemark/processor/process-metrics';
import { HTTP_METRICS } from './metrics';

/** Every metric of every process, but those of the runtime that prom-client has. */
export const ALL_METRICS: readonly AboutMetric[] = [
  ...PROCESS_METRICS,
  ...PARTITION_METRICS,
  ...PORTFOLIO_METRICS,
  ...HTTP_METRICS,
  ...OUTSIDE_METRICS,
];

const INTRODUCTION = `# Metrics

Made from the code by \`npm run metrics --workspace services/api\`; a test compares it with what running
systems tell.

| process | where |
|---|---|
| processor | \`services/processor\`, a member of a cluster: \`worker.listen\`, port 9464 |
| embedded | \`tidemark start\`: the port of the server; other machines and proxies need the token |
| api | \`services/api\`, the HTTP interface of a cluster: \`api.listen\`; other machines and proxies need the token |

- Names, units and types are Prometheus' own: seconds and bytes, \`_total\` for counters. Nobody waits for a
  server to be asked: what is not known now is absent.
- No label holds an id of a customer, an account or an event. Labels have few values: partitions, topics,
  grades, codes of refusals, sub-items, versions in force.
- Counters begin at 0 when a process starts, and live as long as it does; those by code, or by from and to, with
  the first of its kind, which \`increase\` does not see (the rules do). A partition that goes to another
  process is told of there.
- **Freshness** counts every record, from the time that the broker put on it (the topics need
  \`message.timestamp.type=LogAppendTime\`, as \`tidemark topics apply\` makes them); embedded: from when this
  process began to store it, so not those that waited for a start. The buckets hold the bound of the
  objective, 1 second. **Lateness** is how old a record was when it came.
  \`tidemark_freshness_records_total\` counts the same by the objective, of the process and not of a
  partition: both counts stand from the start, so that the first records after a takeover are seen as well.
- **Lags** are looked at every 5 s; those of a broker that does not answer are gone after 15 s, and those of a
  partition that recovers are not known until it is live. Of a partition that is stopped its step, its clock and
  its lags are told for as long as it is.
- **Customers, reviews and sub-items** are counted by a walk over all states, a fiftieth of a thread at most;
  after it it rests for four times as long as it took, for 10 s at least. \`tidemark_portfolio_timestamp_seconds\`
  tells how old they are. A partition that has come to another
  process has none until the first walk of its new owner is through.
- \`process_*\` and \`nodejs_*\` are prom-client's, of the process as a whole.

| name | type | labels | processes | meaning |
|---|---|---|---|---|
`;

export const metricsTable = (): string => `${INTRODUCTION}${ALL_METRICS.map(rowOf).join('')}`;

const rowOf = ({ name, type, labels, in: processes, help }: AboutMetric): string =>
  `| \`${name}\` | ${type} | ${labels.join(', ')} | ${processes.join(', ')} | ${help} |\n`;
