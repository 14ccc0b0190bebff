import { printable } from '@tidemark/schemas/printable';
import { makeRequests, member, statusOf } from './client-codec';
import { RegistryDown, type Registry, type RegistrySettings } from './registry';

const TIMEOUT_MS = 10_000;
const NOT_FOUND = 404;
const CONFLICT = 409;
/** Characters of what a server says of its refusal. */
const WORDS_MAX = 200;

/** Makes no connection: the first call does. */
export function connectRegistry(settings: RegistrySettings): Registry {
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const requests = makeRequests(settings, timeoutMs);

  /**
   * Undefined: it is not there. That is believed only of one who answers as a registry does: a gateway
   * before it, or another server under a wrong path, says "not found", too.
   */
  async function found<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await within(timeoutMs, request());
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND) throw down(error);
      await mustBeRegistry();
      return undefined;
    }
  }

  async function mustBeRegistry(): Promise<void> {
    const subjects = await answered(requests.subjects());
    if (!Array.isArray(subjects)) throw new RegistryDown('what answers is no schema registry');
  }

  async function answered<T>(request: Promise<T>): Promise<T> {
    try {
      return await within(timeoutMs, request);
    } catch (error) {
      throw down(error);
    }
  }

  return {
    schemaById: (id) => found(async () => ({ text: await requests.find(id) })),
    idOf: async (subject, schema) => {
      const answer = await found(() => requests.lookUp(subject, schema));
      return answer === undefined ? undefined : member(answer, 'id', 'number');
    },
    register: async (subject, schema) => {
      try {
        const answer = await within(timeoutMs, requests.register(subject, schema));
        return { ok: true, id: member(answer, 'id', 'number') };
      } catch (error) {
        if (statusOf(error) === CONFLICT) return { ok: false };
        throw down(error);
      }
    },
    compatibility: async (subject) => {
      const answer = await found(() => requests.config(subject));
      return answer === undefined
        ? undefined
        : member(answer, 'compatibilityLevel', 'string').toUpperCase();
    },
    setCompatibility: async (subject, level) => {
      await answered(requests.setConfig(subject, level));
    },
    isCompatible: async (subject, schema) => {
      const answer = await found(() => requests.compatible(subject, schema));
      // a subject without versions takes any
      return answer === undefined || member(answer, 'is_compatible', 'boolean');
    },
    close: requests.close,
  };
}

function down(error: unknown): Error {
  if (error instanceof RegistryDown) return error;
  const status = statusOf(error);
  // the library stumbles over what no registry answers, and says so with parts of the answer
  if (status === undefined) return new RegistryDown('what answers is no schema registry');
  // it gives 400 to requests that got no answer at all: told, it would be looked for in our request
  const words = error instanceof Error ? error.message.replace(NO_ANSWER, '') : `status ${status}`;
  return new RegistryDown(told(words));
}

const NO_ANSWER = /^.{0,100}? - Error, status 400: /;

/** For a line of a log: the words are those of whoever answers, as many as it likes. */
const told = (message: string): string => printable(message.slice(0, WORDS_MAX));

function within<T>(ms: number, request: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new RegistryDown(`no answer within ${ms} ms`));
    const timer = setTimeout(late, ms);
    request.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
