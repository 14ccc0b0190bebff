import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiText } from './openapi-text.fixture';

/** Run by `npm run openapi --workspace services/api` after a change of the routes. */
async function main(): Promise<void> {
  writeFileSync(join(__dirname, '../../schemas/openapi.yaml'), await openApiText());
}

void main();
