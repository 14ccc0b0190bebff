import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import createApi, {
  type SchemaRegistryAPIClientArgs,
} from '@kafkajs/confluent-schema-registry/dist/api';
import { RegistryDown, type RegistrySettings } from './registry';

/** The registry's requests as the library makes them, with the types that it leaves open. */
export interface Requests {
  /**
   * The schema of an id as text; undefined: it is none of Avro's, or none that can be read.
   * @throws RegistryDown when what has come is no schema at all: whoever answers is no registry
   */
  readonly find: (id: number) => Promise<string | undefined>;
  readonly subjects: () => Promise<unknown>;
  readonly lookUp: (subject: string, schema: string) => Promise<unknown>;
  readonly register: (subject: string, schema: string) => Promise<unknown>;
  readonly config: (subject: string) => Promise<unknown>;
  readonly setConfig: (subject: string, compatibility: string) => Promise<unknown>;
  readonly compatible: (subject: string, schema: string) => Promise<unknown>;
  readonly close: () => void;
}

type Middleware = NonNullable<SchemaRegistryAPIClientArgs['middlewares']>[number];

interface Answer {
  readonly data: () => unknown;
}

const data = async (answer: Promise<Answer>): Promise<unknown> => (await answer).data();

/** @param timeoutMs a connection that is silent for so long is given up */
export function makeRequests(settings: RegistrySettings, timeoutMs: number): Requests {
  const agent = agentOf(settings);
  const access = {
    host: settings.url.replace(/\/+$/, ''),
    clientId: 'tidemark',
    // whoever asks decides when to ask again
    retry: { retries: 0 },
    agent,
    middlewares: [givenUpAfter(timeoutMs)],
    ...(settings.auth === undefined ? {} : { auth: settings.auth }),
  };
  // look-ups without side effects, and levels, are not among what SchemaRegistry offers
  const { Subject } = createApi(access);
  return {
    find: (id) => schemaText(access, id),
    subjects: () => data(Subject.all({})),
    lookUp: (subject, schema) => data(Subject.registered({ subject, body: { schema } })),
    register: (subject, schema) => data(Subject.register({ subject, body: { schema } })),
    config: (subject) => data(Subject.config({ subject })),
    setConfig: (subject, compatibility) =>
      data(Subject.updateConfig({ subject, body: { compatibility } })),
    compatible: (subject, schema) => data(Subject.compatible({ subject, body: { schema } })),
    close: () => agent.destroy(),
  };
}

/** Without it a half-open connection is waited for, and holds one of the agent's sockets, for good. */
const givenUpAfter = (timeout: number): Middleware =>
  function GivenUpAfter() {
    return { prepareRequest: async (next) => (await next()).enhance({ timeout }) };
  };

/** What the library makes of a schema is kept for good: so it counts only where all answers were schemas. */
async function schemaText(
  access: SchemaRegistryAPIClientArgs,
  id: number,
): Promise<string | undefined> {
  const answers: boolean[] = [];
  const middlewares = [...(access.middlewares ?? []), seenBy(answers)];
  const mustBeSchemas = (): void => {
    if (answers.length === 0 || answers.includes(false)) {
      throw new RegistryDown('its answer is no schema');
    }
  };
  try {
    // a new one each time: it keeps requests that never end, and gives them to whoever asks next
    const schema: unknown = await new SchemaRegistry({ ...access, middlewares }).getSchema(id);
    mustBeSchemas();
    return textOf(schema);
  } catch (error) {
    if (error instanceof RegistryDown || statusOf(error) !== undefined) throw error;
    mustBeSchemas();
    return undefined;
  }
}

/** Notes of each answer that is no refusal whether it is a schema, of whatever language. */
const seenBy = (answers: boolean[]): Middleware =>
  function SeenBy() {
    return {
      response: async (next) => {
        const answer = await next();
        answers.push(holdsSchema(answer.rawData()));
        return answer;
      },
    };
  };

function holdsSchema(sent: unknown): boolean {
  try {
    const answer: unknown = JSON.parse(String(sent));
    return typeof (answer as { schema?: unknown } | null)?.schema === 'string';
  } catch {
    return false;
  }
}

function agentOf({ url, ca }: RegistrySettings): HttpAgent {
  const kept = { keepAlive: true, maxSockets: 4 };
  if (!url.startsWith('https:')) return new HttpAgent(kept);
  return new HttpsAgent({ ...kept, ...(ca === undefined ? {} : { ca }) });
}

/** avsc's types turn into their schema; schemas of other languages have no such form. */
function textOf(schema: unknown): string | undefined {
  return typeof schema === 'object' && schema !== null && 'typeName' in schema
    ? JSON.stringify(schema)
    : undefined;
}

/** The HTTP status of a failed request; undefined: another failure, which the library met itself. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' ? status : undefined;
}

/** A member of an answer. @throws RegistryDown when it is not there: whoever answers is no registry */
export function member<T extends 'number' | 'string' | 'boolean'>(
  answer: unknown,
  name: string,
  type: T,
): { number: number; string: string; boolean: boolean }[T] {
  const value = (answer as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (typeof value !== type) throw new RegistryDown(`its answer has no ${name}`);
  return value as { number: number; string: string; boolean: boolean }[T];
}
