/** Resolves after a while, milliseconds, or at once when it is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
  });

/** What a task brings; undefined as soon as it is aborted, whatever becomes of the task. */
export const orAborted = <T>(task: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const end = (): void => resolve(undefined);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    void task.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });

/** What a task brings; undefined where that takes longer, milliseconds, whatever becomes of the task. */
export const orLate = <T>(task: Promise<T>, ms: number): Promise<T | undefined> =>
  orAborted(task, AbortSignal.timeout(ms));
