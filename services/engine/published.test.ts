import type { Journal, OutputEntry } from '@tidemark/schemas/records';
import { sha256 } from './journal';
import type { TopicLog } from './ports';
import {
  publishedIn,
  type Published,
  type PublishedOptions,
  type PublishedTopic,
} from './published';
import { newStep, type Step } from './step';

/** A record is the text `key=content`; its digest is that of the content's first letter. */
const textOf = (value: Uint8Array): string => Buffer.from(value).toString();
const identify: PublishedOptions['identify'] = (_topic, value) => {
  const [key = '', content = ''] = textOf(value).split('=');
  return { key, digest: sha256(content.slice(0, 1)) };
};

const TOPIC = 'out';

/** A log of texts by offset; more may come while one waits. */
function logOf(
  texts: Readonly<Record<number, string>>,
  more: Record<number, string> = {},
): TopicLog {
  const all = new Map(Object.entries(texts).map(([offset, text]) => [Number(offset), text]));
  const next = (): number => Math.max(-1, ...all.keys()) + 1;
  return {
    bounds: () => Promise.resolve({ first: Math.min(next(), ...all.keys()), next: next() }),
    read: (_topic, from) => {
      const records = [...all]
        .filter(([offset]) => offset >= from)
        .map(([offset, text]) => ({ offset, value: Buffer.from(text) }));
      return Promise.resolve({ records, next: Math.max(from, next()) });
    },
    changed: () => {
      for (const [offset, text] of Object.entries(more)) all.set(Number(offset), text);
      return Promise.resolve();
    },
  };
}

const BUILD = 'one';

/** A step that published these, and that would publish them now. */
function stepOf(
  number: number,
  texts: readonly string[],
  build = BUILD,
): { readonly record: Journal; readonly step: Step } {
  const step = newStep(number, 'wall', true);
  const entries = texts.map((text): OutputEntry => {
    const [key = '', content = ''] = text.split('=');
    return { topic: TOPIC, key, kind: 'k', sequence: null, digest: sha256(content.slice(0, 1)) };
  });
  // of another build: this one brings the same in another form
  const forms = texts.map((text) => (build === BUILD ? text : `${text}, otherwise`));
  step.outputs.push(
    ...forms.map((text, i) => ({
      topic: TOPIC,
      key: entries[i]?.key ?? '',
      value: Buffer.from(text),
    })),
  );
  return { record: { step: number, build, outputs: entries } as unknown as Journal, step };
}

interface Compared {
  readonly faults: readonly string[];
  readonly counts: { readonly otherBuild: number; readonly gone: number };
}

async function compared(
  log: TopicLog,
  steps: readonly ReturnType<typeof stepOf>[],
  is?: PublishedTopic,
): Promise<Compared> {
  const counts = { otherBuild: 0, gone: 0 };
  const topics = new Map(is === undefined ? [] : [[TOPIC, is] as const]);
  const options = is === undefined ? undefined : { topics, identify, lagMs: 1 };
  const published: Published = publishedIn(log, counts, options);
  const faults: string[] = [];
  for (const { record, step } of steps) {
    faults.push(...(await published.compare(record, step, BUILD)));
  }
  return { faults: [...faults, ...(await published.rest())], counts };
}

const TWO = [stepOf(1, ['a=1', 'b=1']), stepOf(2, ['a=2'])];
const WHOLE: Compared = { faults: [], counts: { otherBuild: 0, gone: 0 } };

describe('what was published', () => {
  it('is whole where the topic holds it in order, gaps between', async () => {
    expect(await compared(logOf({ 0: 'a=1', 1: 'b=1', 3: 'a=2' }), TWO)).toEqual(WHOLE);
    expect(await compared(logOf({ 0: 'a=1', 1: 'b=1', 3: 'a=2' }), TWO, {})).toEqual(WHOLE);
  });

  it('is told where a record lies between that no step names, and nothing after it is', async () => {
    const { faults } = await compared(logOf({ 0: 'a=1', 1: 'x=9', 2: 'b=1', 3: 'a=2' }), TWO, {});
    expect(faults).toEqual(['out@1: the journal does not name it']);
  });

  it('is told where a record is another', async () => {
    const { faults } = await compared(logOf({ 0: 'a=1', 1: 'b=7', 3: 'a=2' }), TWO, {});
    expect(faults).toEqual(['step 1, k of key b: out@1 is not what follows from the records']);
  });

  it('is told where only a topic that no step names holds a record', async () => {
    const { faults } = await compared(logOf({ 0: 'x=9' }), [], {});
    expect(faults).toEqual(['out@0: the journal does not name it']);
  });

  it('may lack its first records where they are not kept any more, and no later one', async () => {
    expect(await compared(logOf({ 1: 'b=1', 3: 'a=2' }), TWO, {})).toEqual({
      faults: [],
      counts: { otherBuild: 0, gone: 1 },
    });
    const cut = logOf({ 1: 'b=1', 3: 'a=3' });
    const { faults } = await compared(cut, [...TWO, stepOf(3, ['a=3'])], {});
    expect(faults[0]).toContain('step 2, k of key a');
  });

  it('may come a little later than the journal', async () => {
    const late = logOf({ 0: 'a=1', 1: 'b=1' }, { 3: 'a=2' });
    expect(await compared(late, TWO, {})).toEqual(WHOLE);
  });

  it('is not told of what stands beyond the end', async () => {
    const log = logOf({ 0: 'a=1', 1: 'b=1', 3: 'a=2', 5: 'a=3' });
    expect(await compared(log, TWO, { end: 5 })).toEqual(WHOLE);
    expect((await compared(log, TWO, { end: 6 })).faults).toHaveLength(1);
  });

  it('of another build is compared by what the journal says of it', async () => {
    const others = [stepOf(1, ['a=1'], 'other'), stepOf(2, ['a=2'], 'other')];
    expect(await compared(logOf({ 0: 'a=1', 1: 'a=2' }), others, {})).toEqual({
      faults: [],
      counts: { otherBuild: 2, gone: 0 },
    });
    const { faults } = await compared(logOf({ 0: 'a=1', 1: 'a=3' }), others, {});
    expect(faults).toHaveLength(1);
  });
});

describe('what was published to a compacted topic', () => {
  const is = { compacted: true };

  it('may lack all but the newest of a key', async () => {
    expect(await compared(logOf({ 1: 'b=1', 3: 'a=2' }), TWO, is)).toEqual({
      faults: [],
      counts: { otherBuild: 0, gone: 1 },
    });
  });

  it('may not lack the newest', async () => {
    const { faults } = await compared(logOf({ 0: 'a=1', 1: 'b=1' }), TWO, is);
    expect(faults).toEqual(['step 2, k of key a: out lacks it']);
  });

  it('is told where a record is another', async () => {
    const { faults } = await compared(logOf({ 1: 'b=7', 3: 'a=2' }), TWO, is);
    expect(faults).toContain('out@1: the journal does not name it');
  });
});

describe('what was published to a topic of several writers', () => {
  const is = { shared: true };

  it('may lie among what others wrote', async () => {
    const log = logOf({ 0: 'x=9', 1: 'a=1', 2: 'b=1', 3: 'x=9', 4: 'a=2', 5: 'x=9' });
    expect(await compared(log, TWO, is)).toEqual(WHOLE);
  });

  it('is told where it is missing, and what follows is found all the same', async () => {
    const { faults } = await compared(logOf({ 0: 'x=9', 1: 'a=1', 4: 'a=2' }), TWO, is);
    expect(faults).toEqual(['step 1, k of key b: the journal names it, out lacks it']);
  });
});
