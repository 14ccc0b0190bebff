import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import { parse } from 'yaml';
import { openDataDirectory } from './data-directory';
import { runEngine } from './embedded';

const METHODOLOGY = join(__dirname, '../rating/methodologies/cn-aml-bank.yaml');
const document: MethodologyDocument = parse(readFileSync(METHODOLOGY, 'utf8'));

describe('an engine in this process', () => {
  it('that is stopped leaves nobody waiting for events to be decided', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidemark-embedded-'));
    try {
      const engine = await runEngine({
        store: await openDataDirectory(directory, 1, () => undefined),
        methodology: { document },
        time: 'wall',
        clockLeapMsMax: Infinity,
        cacheKeys: 10,
        backlogMax: 10,
        clock: Date.now,
        report: () => undefined,
      });
      const settled = expect(engine.settled()).rejects.toThrow('stopped before all events');
      await engine.stop();
      await settled;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
