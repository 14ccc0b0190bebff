import { Failure } from '../../errors';

/** How new versions of a subject's schema must go with the older ones. */
export type Compatibility = 'BACKWARD_TRANSITIVE' | 'FULL_TRANSITIVE';

export interface RegistrySettings {
  /** Of the Confluent-compatible interface. */
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  /** PEM: who has signed the registry's certificate, where the system does not know it. */
  readonly ca?: string;
  /** A request without an answer for so long counts as one that failed. */
  readonly timeoutMs?: number;
}

/** A schema as the registry has it; `text` is undefined where it is none of Avro's. */
export interface FoundSchema {
  readonly text: string | undefined;
}

export type Registered =
  | { readonly ok: true; readonly id: number }
  /** It does not go with what is registered. */
  | { readonly ok: false };

/**
 * A schema registry. Every call throws `RegistryDown` when there is no answer that can be relied on; it
 * does not try again.
 */
export interface Registry {
  /** Undefined: the registry has no such id. */
  readonly schemaById: (id: number) => Promise<FoundSchema | undefined>;
  /** The id of a schema under a subject, looked up by content; undefined: it is not registered there. */
  readonly idOf: (subject: string, schema: string) => Promise<number | undefined>;
  readonly register: (subject: string, schema: string) => Promise<Registered>;
  /** The subject's own level; undefined: it follows the registry's. */
  readonly compatibility: (subject: string) => Promise<string | undefined>;
  readonly setCompatibility: (subject: string, level: Compatibility) => Promise<void>;
  /** Whether the registry would take the schema, by the subject's level. */
  readonly isCompatible: (subject: string, schema: string) => Promise<boolean>;
  readonly close: () => void;
}

/** No answer, or none that a registry gives: it is waited for. */
export class RegistryDown extends Failure {
  override readonly name = 'RegistryDown';
}
