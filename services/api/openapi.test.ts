import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiText } from './openapi-text.fixture';

describe('schemas/openapi.yaml', () => {
  it('is what the routes say (else: npm run openapi --workspace services/api)', async () => {
    const written = readFileSync(join(__dirname, '../../schemas/openapi.yaml'), 'utf8');
    expect(await openApiText()).toBe(written);
  });
});
