import { Worker } from 'node:worker_threads';
import { threadOver } from './thread';

/** A thread that says it is open and then does as it is told. */
const threadThat = (does: string): Worker =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', ({ id, ask }) => { ${does} });
     parentPort.postMessage({ kind: 'open', report: { phase: 'live' } });`,
    { eval: true },
  );

const silent = (): void => undefined;
const QUESTION = { call: 'customer', institution: 'i', customer: 'c', form: 'open' } as const;

describe('the thread of a partition', () => {
  it('that has ended answers nothing more, and says so at once', async () => {
    const thread = await threadOver(threadThat('process.exit(1)'), 0, silent);
    await expect(thread.ask(QUESTION)).rejects.toThrow('its thread has ended');
    await expect(thread.ask(QUESTION)).rejects.toThrow('its thread has ended');
    expect(thread.report()).toMatchObject({ phase: 'stopped', fault: 'its thread has ended' });
    await thread.stop();
  });

  it('that breaks is told of by the name of what broke it, and can be stopped', async () => {
    const said: string[] = [];
    const broken = threadThat(`throw new RangeError('of customer c')`);
    const thread = await threadOver(broken, 3, (message) => said.push(message));
    await expect(thread.ask(QUESTION)).rejects.toThrow('its thread broke (RangeError)');
    expect(said).toEqual(['the thread of partition 3 broke: RangeError']);
    await thread.stop();
    expect(thread.report().fault).toContain('RangeError');
  });

  it('ends when it has stopped, whatever still waits in it', async () => {
    const waits = `setInterval(() => undefined, 1e6);
      parentPort.postMessage({ kind: 'answer', id, value: ask.call });`;
    const thread = await threadOver(threadThat(waits), 0, silent);
    await thread.stop();
    await expect(thread.ask(QUESTION)).rejects.toThrow('its thread has ended');
  });

  it('ends when it fails to stop, and the failure is told', async () => {
    const fails = `parentPort.postMessage({ kind: 'failed', id, fault: { name: 'Error', message: 'no room' } });`;
    const thread = await threadOver(threadThat(fails), 0, silent);
    await expect(thread.stop()).rejects.toThrow('no room');
    await expect(thread.ask(QUESTION)).rejects.toThrow('its thread has ended');
  });
});
