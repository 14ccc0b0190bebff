import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shell, suiteFolder, tidemark, type Child } from './tidemark';

const folder = suiteFolder();
const AT = Date.parse('2025-03-03T02:00:00Z');

/** A customer that is listed: the highest grade as soon as the record is read (X-H1). */
const listed = (customer: string, minute = 0): string =>
  [
    { type: 'profile-change', id: 'p-1', set: { customerKind: 'natural' } },
    { type: 'risk-event', id: 'l-1', kind: 'control_list_hit', entryId: 'e-1' },
  ]
    .map((record) => ({
      ...record,
      institution: 'bank-1',
      customer,
      occurredAt: AT + minute * 60_000,
    }))
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');

const RUN = ['run', '--methodology', 'cn-aml-bank', '--events', '-'];
const customersIn = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { customer: unknown }).customer);

describe('tidemark run on a pipe that never ends', () => {
  const children: Child[] = [];
  const started = (...args: string[]): Child => {
    const child = tidemark([...RUN, ...args], folder);
    children.push(child);
    return child;
  };
  afterEach(() => {
    // what a failed test leaves behind
    for (const { process } of children.splice(0)) process.kill('SIGKILL');
  });

  it('prints a grade change as soon as its event has arrived', async () => {
    const child = started();
    child.process.stdin.write(listed('c-1'));
    await child.until(({ out }) => out().includes('\n'));
    expect(JSON.parse(child.out())).toMatchObject({
      customer: 'c-1',
      grade: 5,
      cause: { eventId: 'l-1' },
    });
    child.process.stdin.write(listed('c-2', 1));
    await child.until(({ out }) => customersIn(out()).includes('c-2'));
    child.process.stdin.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops at %s: the ratings are written, the code is 0, and 1 after refusals',
    async (signal) => {
      for (const [bad, expected] of [
        ['', 0],
        ['not json\n', 1],
      ] as const) {
        const ratings = join(folder, `ratings-${signal}-${expected}.jsonl`);
        const child = started('--ratings', ratings);
        // the second line has not arrived whole when the signal comes: it is no record yet
        child.process.stdin.write(`${bad}${listed('c-1')}${listed('c-2').slice(0, 40)}`);
        await child.until(({ out }) => out().includes('\n'));
        child.process.kill(signal);
        expect(await child.ended).toEqual({ code: expected, signal: null });
        expect(customersIn(readFileSync(ratings, 'utf8'))).toEqual(['c-1']);
        expect(child.err()).toContain('1 grade changes of 1 customers');
        expect(child.err()).not.toMatch(/^ +at /m);
      }
    },
  );

  it('stops at a signal that comes before the first record that it takes', async () => {
    const ratings = join(folder, 'early.jsonl');
    const child = started('--ratings', ratings);
    child.process.stdin.write('x\n');
    await child.until(({ err }) => err().includes('not-json'));
    child.process.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: 1, signal: null });
    expect(readFileSync(ratings, 'utf8')).toBe('');
  });
});

describe('a reader that goes away', () => {
  const events = join(folder, 'many.jsonl');
  writeFileSync(events, Array.from({ length: 3_000 }, (_, n) => listed(`c-${n}`, n)).join(''));
  const options = '--methodology cn-aml-bank --quiet --events many.jsonl';

  it.each([
    [`tidemark rate ${options} | head -n 1`],
    [`tidemark run ${options} | head -n 1`],
    ['tidemark methodology show cn-aml-bank | head -n 1'],
    ['tidemark methodology reference | head -n 1'],
    ['tidemark rate --help | head -n 1'],
  ])('ends %s without a stack trace', async (line) => {
    const { code, out, err } = await shell(line, folder);
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(2);
    expect(err).not.toMatch(/EPIPE|^ +at |Unhandled/m);
  });

  it('of stderr does not end the work', async () => {
    const line = `{ tidemark rate ${options} 2>&3 | wc -l >&2; } 3>&1 2>count.txt | head -c 0`;
    await shell(line, folder);
    expect(readFileSync(join(folder, 'count.txt'), 'utf8').trim()).toBe('3000');
  });

  it('loses nothing when it is slow instead: the last line arrives whole', async () => {
    const { code, out } = await shell(`tidemark rate ${options} | (sleep 1; cat)`, folder);
    expect(code).toBe(0);
    expect(customersIn(out)).toHaveLength(3_000);
  });
});

describe('a disk that is full', () => {
  const whereItIs = existsSync('/dev/full') ? it : it.skip;
  writeFileSync(join(folder, 'one.jsonl'), listed('c-1'));
  const options = '--methodology cn-aml-bank --quiet --events one.jsonl';

  whereItIs.each([
    [`tidemark run ${options} > /dev/full`, 'standard output'],
    [`tidemark run ${options} --ratings /dev/full`, '/dev/full'],
    [`echo x | tidemark run ${options.replace('one.jsonl', '-')} --dead-letters /dev/full`, '/dev'],
    ['tidemark methodology show cn-aml-bank > /dev/full', 'standard output'],
  ])('ends %s with 2 and says so', async (line, what) => {
    const { code, err } = await shell(line, folder);
    expect(code).toBe(2);
    expect(err).toContain(`cannot write ${what}`);
    expect(err).not.toMatch(/^ +at /m);
  });
});
