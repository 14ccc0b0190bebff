import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiText } from './document';

// npx tsx --tsconfig test/tsconfig.json test/deploy/asyncapi/write.ts
writeFileSync(join(__dirname, '../../../schemas/asyncapi.yaml'), asyncApiText());
