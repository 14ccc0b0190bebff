import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import { parse } from 'yaml';
import { openDataDirectory } from './data-directory';
import { runEngine, type EngineSettings } from './embedded';
import type { EmbeddedEngine } from './engine';
import { EVENTS, REFUSED } from './topics';

const METHODOLOGY = join(__dirname, '../rating/methodologies/cn-aml-bank.yaml');
const document: MethodologyDocument = parse(readFileSync(METHODOLOGY, 'utf8'));

let directory = '';
/** Ends what a test has begun, also one that fails. */
const ends: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidemark-embedded-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(directory, { recursive: true, force: true });
});

const open = (): Promise<EngineSettings['store']> =>
  openDataDirectory(directory, 1, () => undefined);

async function run(store: EngineSettings['store']): Promise<EmbeddedEngine> {
  const engine = await runEngine({
    store,
    methodology: { document },
    time: 'wall',
    clockLeapMsMax: Infinity,
    cacheKeys: 10,
    backlogMax: 10,
    clock: Date.now,
    report: () => undefined,
  });
  ends.push(engine.stop);
  return engine;
}

/** A store of one partition whose disk stands still for these topics until it is told to go on. */
async function stalled(...topics: string[]) {
  const store = await open();
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => (goOn = resolve));
  ends.push(() => goOn());
  const part = store.partition(0);
  const append: typeof part.writer.append = async (topic, values) => {
    if (topics.includes(topic)) await told;
    return part.writer.append(topic, values);
  };
  return { store: { ...store, partition: () => ({ ...part, writer: { append } }) }, goOn };
}

const events = (first: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) =>
    Buffer.from(
      JSON.stringify({
        type: 'profile-change',
        id: `p-${first + i}`,
        institution: 'bank-1',
        customer: `c-${first + i}`,
        occurredAt: Date.now() - 1_000,
        set: { customerKind: 'natural' },
      }),
    ),
  );

describe('an engine in this process', () => {
  it('that is stopped leaves nobody waiting for events to be decided', async () => {
    const engine = await run(await open());
    const settled = expect(engine.settled()).rejects.toThrow('stopped before all events');
    await engine.stop();
    await settled;
  });

  it('takes no more than may wait where the disk does not keep up, and goes on with it', async () => {
    const { store, goOn } = await stalled(EVENTS);
    const engine = await run(store);
    await engine.settled();
    const taken = [engine.append(events(0, 8), 'test'), engine.append(events(8, 8), 'test')];
    expect(await engine.append(events(16, 1), 'test')).toEqual({ ok: false, because: 'lagging' });
    goOn();
    expect(await Promise.all(taken)).toMatchObject([{ ok: true }, { ok: true }]);
    await engine.settled();
    expect(await engine.append(events(16, 1), 'test')).toMatchObject({ ok: true });
    expect(engine.status().partitions[0]?.written).toBe(17);
  });

  it('takes no more than may wait of what it refuses, which is stored too', async () => {
    const { store, goOn } = await stalled(REFUSED);
    const engine = await run(store);
    await engine.settled();
    const refused = engine.append(Array<Buffer>(11).fill(Buffer.from('{}')), 'test');
    expect(await engine.append([Buffer.from('{}')], 'test')).toMatchObject({ because: 'lagging' });
    goOn();
    expect(await refused).toMatchObject({ ok: true });
    expect(await engine.append([Buffer.from('{}')], 'test')).toMatchObject({ ok: true });
  });
});
