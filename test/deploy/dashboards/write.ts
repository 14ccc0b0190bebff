import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS, grafanaJson } from './grafana';

// npx tsx --tsconfig test/tsconfig.json test/deploy/dashboards/write.ts && npx prettier --write deploy/grafana
const FOLDER = join(__dirname, '../../../deploy/grafana/dashboards');

for (const dashboard of DASHBOARDS) {
  writeFileSync(join(FOLDER, `${dashboard.id}.json`), grafanaJson(dashboard));
}
