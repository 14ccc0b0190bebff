import { ClusterFault } from './cluster-fault';
import type { LogEvent } from './cluster-log';
import { noteWaiting, pauseMs, waitFor, type Attempt } from './cluster-waiting';

const never = new AbortController().signal;

function attempts(...answers: readonly (string | Error)[]): () => Promise<Attempt<string>> {
  const left = [...answers];
  return async () => {
    const next = left.shift();
    if (next instanceof Error) throw next;
    return next === undefined ? { ok: true, value: 'there' } : { ok: false, why: next };
  };
}

describe('waiting for a server', () => {
  it('tells each reason once, and that it is over', async () => {
    const told: LogEvent[] = [];
    const found = await waitFor('it', attempts('away', 'away'), (e) => told.push(e), never);
    expect(found).toBe('there');
    expect(told.map(({ event, why }) => [event, why])).toEqual([
      ['waiting', 'away'],
      ['found', undefined],
    ]);
  });

  it('says nothing when it is there at once', async () => {
    const told: LogEvent[] = [];
    await waitFor('it', attempts(), (e) => told.push(e), never);
    expect(told).toEqual([]);
  });

  it('does not tell the message of an error that is not ours', async () => {
    const told: LogEvent[] = [];
    await waitFor('it', attempts(new Error('bank-1:c-1')), (e) => told.push(e), never);
    expect(JSON.stringify(told)).not.toContain('bank-1');
  });

  it('does not wait for what a person has to mend', async () => {
    const fault = new ClusterFault('topics differ');
    await expect(waitFor('it', attempts(fault), () => undefined, never)).rejects.toBe(fault);
  });

  it('ends when it is asked to, also while an attempt has no answer', async () => {
    const stopping = new AbortController();
    const waited = waitFor(
      'it',
      () => new Promise(() => {}),
      () => undefined,
      stopping.signal,
    );
    stopping.abort();
    expect(await waited).toBeUndefined();
  });

  it('keeps what it waits for, until it is there', async () => {
    const told: LogEvent[] = [];
    const waits = noteWaiting((event) => told.push(event));
    const seen: unknown[] = [];
    const attempt = attempts('away', 'not fit');
    const look = (): Promise<Attempt<string>> => {
      seen.push(waits.now());
      return attempt();
    };
    await waitFor('it', look, waits.log, never);
    expect(seen).toEqual([[], [{ what: 'it', why: 'away' }], [{ what: 'it', why: 'not fit' }]]);
    expect(waits.now()).toEqual([]);
    expect(told.map(({ event }) => event)).toEqual(['waiting', 'waiting', 'found']);
  });

  it('waits longer from failure to failure, to a bound', () => {
    const waits = [1, 2, 3, 50].map(pauseMs);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(pauseMs(2)).toBe(2 * pauseMs(1));
    expect(pauseMs(1_000)).toBe(pauseMs(50));
  });
});
