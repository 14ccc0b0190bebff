/**
 * Asks about each key one question at a time: who comes while one is unanswered waits for the next, which all who
 * wait share. So every answer is from after it was asked for, and a server that is away is asked by one caller.
 */
export function oneAtATime<T>(): (key: string, ask: () => Promise<T>) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();
  const begin = (key: string, ask: () => Promise<T>): Promise<T> => {
    next.delete(key);
    const answer = ask().finally(() => {
      if (asked.get(key) === answer) asked.delete(key);
    });
    asked.set(key, answer);
    return answer;
  };
  return (key, ask) => {
    const before = asked.get(key);
    if (before === undefined) return begin(key, ask);
    const known = next.get(key);
    if (known !== undefined) return known;
    const after = before.then(
      () => begin(key, ask),
      () => begin(key, ask),
    );
    next.set(key, after);
    return after;
  };
}
