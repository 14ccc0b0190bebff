import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsTable } from './metrics-table';

/** Run by `npm run metrics --workspace services/api` after a change of the metrics. */
writeFileSync(join(__dirname, '../../deploy/metrics.md'), metricsTable());
