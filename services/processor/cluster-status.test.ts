import { copyStands, NOT_AWAITED } from './cluster-status';

describe('the states in Redis, as seen from outside', () => {
  it('may be told of while they follow the journal, however far it goes on', () => {
    let awaited = NOT_AWAITED;
    for (let second = 0; second < 60; second += 1) {
      const looked = copyStands(awaited, 100 * second - 1, 100 * second, 1_000 * second);
      expect(looked.isLive).toBe(true);
      ({ awaited } = looked);
    }
  });

  it('are old when they have not reached within five seconds what the journal had', () => {
    const first = copyStands(NOT_AWAITED, 40, 90, 1_000);
    expect(first.isLive).toBe(true);
    const waited = copyStands(first.awaited, 40, 90, 6_000);
    expect(waited.isLive).toBe(true);
    const old = copyStands(waited.awaited, 89, 90, 6_001);
    expect(old.isLive).toBe(false);
    expect(copyStands(old.awaited, 90, 95, 7_000).isLive).toBe(true);
  });

  it('are none while they are made anew', () => {
    expect(copyStands(NOT_AWAITED, undefined, 90, 1_000).isLive).toBe(false);
  });
});
