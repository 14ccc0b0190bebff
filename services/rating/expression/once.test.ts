import { compiler } from './compile';
import { envOf, SCOPE, scopeOf } from './expression.fixture';
import { INT, valid, type Env } from './node';
import { newCell, once } from './once';

/** A name that counts how often it is read, valid for an hour. */
function counting() {
  const seen = { runs: 0 };
  const run = (env: Env): number => {
    seen.runs += 1;
    valid(env, 3_600_000);
    return seen.runs;
  };
  return { seen, run };
}

describe('what several units read', () => {
  it('is calculated once in a pass, with its validity for each of them', () => {
    const { seen, run } = counting();
    const read = once(run, newCell());
    const env = { ...envOf({}), pass: 1 };
    for (const until of [Infinity, 7_200_000, 60_000]) {
      env.until = until;
      expect(read(env)).toBe(1);
      expect(env.until).toBe(Math.min(until, 3_600_000));
    }
    expect(seen.runs).toBe(1);
    env.pass = 2;
    expect(read(env)).toBe(2);
  });

  it('is calculated every time where no pass is under way', () => {
    const { seen, run } = counting();
    const read = once(run, newCell());
    const env = envOf({});
    read(env);
    read(env);
    expect(seen.runs).toBe(2);
  });

  it('is a definition without parameters, wherever it stands', () => {
    const { seen, run } = counting();
    const scope = scopeOf({ total: { is: 'a + 1' } });
    const names = new Map(SCOPE.names).set('a', { type: INT, reads: [], node: { type: INT, run } });
    const compile = compiler({ ...scope, names });
    const one = compile('total + 0').node;
    const other = compile('[1, 2].map(x, total)').node;
    const env = { ...envOf({}), pass: 1 };
    expect(one.run(env)).toBe(2);
    expect(other.run(env)).toEqual([2, 2]);
    expect(seen.runs).toBe(1);
  });
});
