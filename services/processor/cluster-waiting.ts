import { faultText } from '@tidemark/engine/errors';
import { orAborted, pause } from '@tidemark/engine/pause';
import { ClusterFault } from './cluster-fault';
import type { Log } from './cluster-log';

/** The first wait and the longest, milliseconds; each is twice the one before. */
const PAUSE_MS = { first: 100, longest: 5_000 };

/** How long to wait after so many failures in a row, from 1. */
export const pauseMs = (failures: number): number =>
  Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** Math.min(failures - 1, 20));

/** What is there; or why it is not yet, a sentence. */
export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** What is waited for, a word or two, and why it is not there yet, a sentence. */
export interface Waiting {
  readonly what: string;
  readonly why: string;
}

/** Keeps what is waited for now, with the reason that was told last: for whoever asks. */
export function noteWaiting(log: Log): {
  readonly log: Log;
  readonly now: () => readonly Waiting[];
} {
  const waits = new Map<string, string>();
  return {
    log: (told) => {
      const { event, what, why, message } = told;
      if (event === 'waiting') waits.set(String(what), String(why));
      // the registry is waited for by whoever reads from it
      if (event === 'registry') waits.set(event, String(message));
      if (event === 'found') waits.delete(String(what));
      log(told);
    },
    now: () => [...waits].map(([what, why]) => ({ what, why })),
  };
}

/** An attempt without an answer for so long is told of, milliseconds. */
const SLOW_MS = 3_000;

/**
 * Tries until it is there, with longer and longer pauses; tells each reason once, and that it is over.
 * @param what it waits for, a word or two
 * @returns undefined: it was asked to stop
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<Attempt<T>>,
  log: Log,
  signal: AbortSignal,
): Promise<T | undefined> {
  const told = new Set<string>();
  const tell = (why: string): void => {
    if (!told.has(why)) log({ level: 'warn', event: 'waiting', what, why });
    told.add(why);
  };
  for (let failures = 1; !signal.aborted; failures += 1) {
    const slow = setTimeout(() => tell('no answer yet'), SLOW_MS);
    const trying = attempt().catch(refused<T>);
    const found = await orAborted(trying, signal).finally(() => clearTimeout(slow));
    if (found === undefined) break;
    if (found.ok) {
      if (told.size > 0) log({ level: 'info', event: 'found', what });
      return found.value;
    }
    tell(found.why);
    await pause(pauseMs(failures), signal);
  }
  return undefined;
}

/** What a person has to mend is not waited for. */
function refused<T>(error: unknown): Attempt<T> {
  if (error instanceof ClusterFault) throw error;
  return { ok: false, why: faultText(error) };
}
