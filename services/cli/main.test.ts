import type * as Machines from '@tidemark/rating/customer-machine';
import { EXIT } from './exit';
import { jsonLines, runMain, testFolder, toLines } from './run-main.fixture';

/** A machine that breaks at one record, saying what it must not. */
jest.mock('@tidemark/rating/customer-machine', () => {
  const { customerMachine, ...rest } = jest.requireActual<typeof Machines>(
    '@tidemark/rating/customer-machine',
  );
  const decide: typeof customerMachine.decide = (state, work, context) => {
    if (work.kind === 'record' && work.input.customer === 'CANARY') {
      throw new Error('broken at CANARY');
    }
    return customerMachine.decide(state, work, context);
  };
  return { ...rest, customerMachine: { ...customerMachine, decide } };
});

const file = testFolder();

const listed = (customer: string): object[] => [
  { type: 'profile-change', id: 'p', customer, set: { customerKind: 'natural' } },
  { type: 'risk-event', id: 'l', customer, kind: 'control_list_hit', entryId: 'e' },
];
const records = ['c-1', 'CANARY', 'c-2']
  .flatMap(listed)
  .map((record) => ({ ...record, institution: 'bank-1', occurredAt: 1_741_000_000_000 }));

describe('tidemark', () => {
  it.each(['rate', 'run'])(
    '%s ends with 3 at a fault of its own, names the line, and not what it says',
    async (command) => {
      const events = file('events.jsonl', toLines(records));
      const options = ['--methodology', 'cn-aml-bank', '--quiet', '--events', events];
      const { code, out, err } = await runMain(command, ...options);
      expect(code).toBe(EXIT.internal);
      expect(err).toContain(`stopped at ${events}:3`);
      expect(err).toMatch(/^ +at .*decide/m);
      expect(err).not.toContain('CANARY');
      // what was decided before is not lost
      const customers = jsonLines(out).map(({ customer }) => customer);
      expect(customers).toEqual(command === 'run' ? ['c-1'] : []);
    },
  );

  it('says its version, and what commands there are when it does not know one', async () => {
    expect(await runMain('--version')).toMatchObject({ code: EXIT.ok, out: '0.1.0\n' });
    const { code, err } = await runMain('rat');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean rate?');
  });
});
