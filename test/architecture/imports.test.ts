import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { importFaults, readSources, topLevelFaults } from './layers';

const root = join(__dirname, '..', '..');

/** Names at the top level that git keeps, or all but the installed ones where there is no git. */
function topLevel(): string[] {
  if (!existsSync(join(root, '.git'))) {
    return readdirSync(root).filter((name) => !['node_modules', 'coverage', 'data'].includes(name));
  }
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root });
  const names = listed.toString('utf8').split('\n').filter(Boolean);
  return [...new Set(names.map((name) => name.split('/')[0] ?? name))];
}

describe('the arrows between rooms', () => {
  it('point one way in every source file', () => {
    const sources = readSources(root, ['schemas', 'services', 'test']);
    expect(sources.length).toBeGreaterThan(3);
    expect(importFaults(sources)).toEqual([]);
  });

  it.each([
    ['schemas/src/a.ts', `import { x } from '@tidemark/rating/customer';`],
    ['services/rating/a.ts', `import type { X } from '@tidemark/engine/machine';`],
    ['services/engine/a.ts', `export { x } from '@tidemark/cli/main';`],
    ['services/engine/a.ts', `import { x } from '@tidemark/processor/engine';`],
    ['services/processor/a.ts', `import { x } from '@tidemark/api/server';`],
    ['services/api/a.ts', `import { x } from '@tidemark/cli/main';`],
    ['services/rating/a.ts', `import { readFileSync } from 'node:fs';`],
    ['services/rating/deep/a.ts', `const y = require('node:crypto');`],
    ['services/rating/a.ts', `import { parse } from 'yaml';`],
    ['services/rating/a.ts', `const x = await import('ajv/dist/2020');`],
    ['services/rating/a.ts', `import { encode } from '@tidemark/schemas/avro';`],
    ['services/rating/a.ts', `import { x } from '../engine/machine';`],
    ['services/rating/a.test.ts', `import { x } from '@tidemark/engine/machine';`],
    ['schemas/src/a.ts', `import { readFileSync } from 'node:fs';`],
    ['services/cli/a.ts', `import { x } from '@tidemark/test/oracle';`],
    ['services/engine/adapters/kafka/ledger.ts', `import { Kafka } from 'kafkajs';`],
    ['services/processor/a.test.ts', `import { Redis } from 'ioredis';`],
    ['elsewhere/a.ts', `export const x = 1;`],
  ])('are guarded: a wrong import in %s is found (%s)', (path, text) => {
    expect(importFaults([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ['services/rating/a.ts', `import { x } from '@tidemark/schemas/records';`],
    ['services/rating/a.ts', `import { parse } from '@marcbachmann/cel-js';`],
    ['services/rating/a.ts', `import { sha256 } from '@noble/hashes/sha2';`],
    ['services/rating/grading/a.ts', `import { x } from '../customer';`],
    ['services/rating/a.test.ts', `import fc from 'fast-check'; import 'node:fs';`],
    ['services/cli/a.ts', `import { x } from '@tidemark/engine/machine'; import 'node:fs';`],
    ['services/api/a.ts', `import { x } from '@tidemark/processor/engine'; import 'fastify';`],
    ['services/cli/a.ts', `import { x } from '@tidemark/api/server';`],
    ['services/engine/adapters/kafka/kafkajs/a.ts', `import { logLevel } from 'kafkajs';`],
    ['test/integration/a.test.ts', `import { Kafka } from 'kafkajs';`],
    ['test/integration/a.test.ts', `import { main } from '@tidemark/cli/main';`],
  ])('allow what they should: %s (%s)', (path, text) => {
    expect(importFaults([{ path, text }])).toEqual([]);
  });
});

describe('the top level', () => {
  it('holds only what it should', () => {
    expect(topLevelFaults(topLevel())).toEqual([]);
  });

  it('is guarded: a stray file is found', () => {
    expect(topLevelFaults(['package.json', '.npmrc', 'tsconfig.base.json'])).toEqual([
      'tsconfig.base.json',
    ]);
  });
});
