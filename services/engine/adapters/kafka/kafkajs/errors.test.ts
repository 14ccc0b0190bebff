import {
  answerOf,
  Closed,
  growingWaits,
  isFencedAnswer,
  isForGood,
  isForNow,
  pauses,
  plainError,
  refusalOf,
  Refused,
  saidOf,
  within,
} from './errors';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';

describe('errors of the Kafka client', () => {
  it('are told by the answer of the broker, however deep it lies', () => {
    const answer = createErrorFromCode(6);
    expect(answerOf(answer)).toBe('NOT_LEADER_FOR_PARTITION');
    const wrapped = new Error('retries exceeded', { cause: new Error('x', { cause: answer }) });
    expect(answerOf(wrapped)).toBe('NOT_LEADER_FOR_PARTITION');
    expect(isForNow(wrapped)).toBe(true);
    expect(answerOf(new Error('closed'))).toBeUndefined();
    expect(answerOf(undefined)).toBeUndefined();
  });

  it('know the code of a fenced producer, which kafkajs does not', () => {
    for (const code of [47, 48, 49, 90])
      expect(isFencedAnswer(createErrorFromCode(code))).toBe(true);
    expect(isFencedAnswer(createErrorFromCode(51))).toBe(false);
    expect(isForNow(createErrorFromCode(51))).toBe(true);
  });

  it('say what happened and never what a message quotes', () => {
    const quoting = new Error('Invalid message without value: {"key":"bank:customer"}');
    expect(plainError('a transaction', quoting).message).toBe('a transaction: Error');
    const refused = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
    expect(saidOf(refused)).toBe('ECONNREFUSED');
    expect(saidOf(createErrorFromCode(10))).toBe('MESSAGE_TOO_LARGE');
    expect(plainError('x', quoting).cause).toBeUndefined();
  });

  it('name the right that is missing, and know a password that is refused', () => {
    expect(saidOf(createErrorFromCode(30))).toBe(
      'GROUP_AUTHORIZATION_FAILED, allow this user to read the group',
    );
    const name = 'KafkaJSSASLAuthenticationError';
    const refused = Object.assign(new Error('SASL SCRAM failed: of user-1'), { name });
    expect(saidOf(refused)).toMatch(/^SASL_AUTHENTICATION_FAILED, no such user with this password/);
    expect(isForGood(new Error('retries', { cause: refused }))).toBe(true);
  });

  it('are for good where no waiting helps', () => {
    expect(isForGood(new Closed())).toBe(true);
    expect(isForGood(createErrorFromCode(30))).toBe(true);
    expect(isForGood(createErrorFromCode(15))).toBe(false);
  });

  it('name the topic that refuses, and what to do, where no waiting helps', () => {
    for (const [code, remedy] of [
      [10, 'max.message.bytes'],
      [18, 'max.message.bytes'],
      [29, 'allow this user'],
      [87, 'cleanup.policy'],
    ] as const) {
      const refusal = refusalOf(createErrorFromCode(code), ['ratings', 'tasks', 'ratings']);
      expect(refusal).toBeInstanceOf(Refused);
      expect(refusal?.message).toContain('to ratings, tasks is refused');
      expect(refusal?.message).toContain(remedy);
    }
    expect(refusalOf(createErrorFromCode(6), ['ratings'])).toBeUndefined();
    expect(refusalOf(new Error('closed'), ['ratings'])).toBeUndefined();
  });

  it('end what would never settle', async () => {
    const never = new Promise<void>(() => undefined);
    await expect(within(5, 'connecting', never)).rejects.toThrow('connecting: no answer in 5 ms');
    expect(await within(1000, 'connecting', Promise.resolve(7))).toBe(7);
  });

  it('are waited out longer and longer, up to a bound', async () => {
    const waited: number[] = [];
    const waits = growingWaits(5, 30, (ms) => Promise.resolve(void waited.push(ms)));
    for (let i = 0; i < 5; i += 1) await waits.next();
    waits.reset();
    await waits.next();
    expect(waited).toEqual([5, 10, 20, 30, 30, 5]);
  });

  it('are not waited for any more once that is of no use', async () => {
    const { pause, end } = pauses();
    const long = pause(3_600_000);
    end();
    await long;
    await pause(3_600_000);
  });
});
