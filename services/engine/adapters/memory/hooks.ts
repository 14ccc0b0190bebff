/** One call of a port, as a hook sees it. */
export interface PortCall {
  readonly port: 'inputs' | 'outputs' | 'writer' | 'ledger' | 'checkpoints' | 'states';
  readonly method: string;
  readonly partition: number;
  readonly args: readonly unknown[];
}

/**
 * Where every call of the memory adapter passes. A hook may delay or reorder it, refuse it (throw
 * without `perform`), leave its outcome unknown (throw after `perform`, or perform it later) or
 * never answer, which to the caller is a crash.
 */
export interface Hooks {
  /** `perform` does the whole call at once and may throw. */
  readonly call: <T>(call: PortCall, perform: () => T) => Promise<T>;
  /** `ready` says whether there is something to read; `subscribe` tells of every append. */
  readonly wait: (call: PortCall, wait: Wait) => Promise<void>;
}

export interface Wait {
  readonly ready: () => boolean;
  readonly waitMs: number;
  /** Calls back after each append, until what it returns is called. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** Every call is done at once; a wait ends with an append or with real time. */
export const IMMEDIATE: Hooks = {
  call: async (_call, perform) => perform(),
  wait: (_call, { ready, waitMs, subscribe }) =>
    new Promise((resolve) => {
      if (ready()) return resolve();
      const timer = setTimeout(end, waitMs);
      const unsubscribe = subscribe(() => {
        if (ready()) end();
      });
      function end(): void {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      }
    }),
};
