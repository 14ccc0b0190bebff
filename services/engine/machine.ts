import type { DeadLetter } from '@tidemark/schemas/records';
import type { InForce } from './measures';

/**
 * What the engine runs: a deterministic decision about one key at a time. The engine knows nothing
 * of customers or grades; services/rating brings such a machine.
 *
 * `Globals` is what the global topics say (methodologies, reference lists); it is never changed in
 * place. A version is a text that names what of it is in force: whatever the machine decides depends
 * on the state, the work, the clock and the version alone.
 */
export interface Machine<State, Input, Output, Globals> {
  /** Another text whenever the code may decide otherwise: all keys are then decided once more. */
  readonly build: string;
  /** Reads a record of an input topic. Must not throw; the verdict goes into the journal. */
  readonly decode: (topic: string, value: Uint8Array, globals: Globals) => Decoded<Input>;
  readonly keyOf: (input: Input) => string;
  /** When the input happened, UTC milliseconds. */
  readonly timeOf: (input: Input) => number;
  /** The id of an input for logs: only where it cannot name anyone. Must not throw; absent: none is logged. */
  readonly loggedId?: (input: Input) => string | undefined;
  readonly initialGlobals: Globals;
  /**
   * Takes in a record of a global topic.
   * @throws when a published version cannot be loaded; the partition stops
   */
  readonly takeGlobal: (globals: Globals, topic: string, value: Uint8Array) => Decoded<Globals>;
  /**
   * The version in force at a clock; empty when there is none yet.
   * @throws when what is then in force cannot be loaded; the partition stops
   */
  readonly versionAt: (globals: Globals, clock: number) => string;
  /**
   * Decides about a key: moves it to the clock, then applies the work. A record that changes nothing must
   * not move it either, or what is published would depend on how often records are sent. Takes the state
   * over: it is not used again but through the result.
   * @throws when an assumption is broken; the partition stops at this input
   */
  readonly decide: (
    state: State | undefined,
    work: Work<Input>,
    context: Context<Globals>,
  ) => Decision<State, Input, Output>;
  /** The first instant at or after `instant` at which event time takes ticks (a local midnight). */
  readonly tickAt: (instant: number, context: Context<Globals>) => number;
  /** Of a state that was not decided about in between the same bytes, whatever the context. */
  readonly encodeState: (state: State, context: Context<Globals>) => Uint8Array;
  /** May meet states of every version that was ever in force. @throws when the bytes are damaged */
  readonly decodeState: (bytes: Uint8Array, context: Context<Globals>) => State;
  readonly describe: (output: Output) => Described;
  /** The bytes that are published. */
  readonly encodeOutput: (output: Output) => Uint8Array;
  /**
   * The bytes of a dead letter; absent: JSON.
   * @param value the record that was refused; `payload` holds it as text, or in base64
   */
  readonly encodeLetter?: (letter: DeadLetter, value: Uint8Array) => Uint8Array;
  /**
   * Sets the published part of a state to what was published in a step, where the build that ran then
   * decided otherwise than the present one (design, rule 7).
   * @param mine what the present build brought in the same step, in order: it is taken back first
   */
  readonly adopt: (state: State, published: readonly string[], mine: readonly string[]) => State;
  /**
   * Names under which a key is counted in the figures of its partition: few, and without customer data.
   * Only looks at the state; absent: there are no figures.
   */
  readonly figures?: (
    state: State,
    context: Context<Globals>,
    count: (name: string) => void,
  ) => void;
  /** Names of figures that are told of also where no key is counted under them: as 0. */
  readonly figureNames?: (context: Context<Globals>) => readonly string[];
  /** What is in force; absent: nothing that has a name. */
  readonly inForce?: (context: Context<Globals>) => readonly InForce[];
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** For programs. */
      readonly code: string;
      /** Path of the offending field; null where it is the whole record. */
      readonly field: string | null;
      /** A sentence without customer data. */
      readonly reason: string;
    };

export type Work<Input> =
  | { readonly kind: 'record'; readonly input: Input }
  /** Only time has passed. */
  | { readonly kind: 'tick' }
  /** Version or build has changed: the key is decided once more. */
  | { readonly kind: 'sweep'; readonly cause: 'version' | 'correction' };

export interface Context<Globals> {
  /** The only time there is, UTC milliseconds. */
  readonly asOf: number;
  readonly globals: Globals;
  /** The version in force. */
  readonly version: string;
}

export interface Decision<State, Input, Output> {
  /** Undefined: nothing of the key is kept. */
  readonly state: State | undefined;
  readonly outputs: readonly Output[];
  /** Records that were not taken; those that had waited in the state included. */
  readonly refusals: readonly Refusal<Input>[];
  /**
   * The earliest instant at which time alone can change the key; Infinity: never. After the clock, unless
   * a record that changed nothing (a duplicate, a refused one) met a key that time has yet to reach.
   */
  readonly dueAt: number;
  /** What became of the input, for counting (applied, duplicate, late ...). */
  readonly outcome: string;
}

export interface Refusal<Input> {
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly input: Input;
}

/** What the journal says of an output. */
export interface Described {
  readonly topic: string;
  readonly kind: string;
  readonly key: string;
  /** Its number among the key's outputs of this kind, contiguous from 1; null where they have none. */
  readonly sequence: number | null;
  /** Text of the fields that every later build must bring again. */
  readonly named: string;
  /** What `adopt` takes over; null where it takes nothing. */
  readonly published: string | null;
  /** One of a few names under which it is counted; absent: under none. */
  readonly counted?: string;
}
