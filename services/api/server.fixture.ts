import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataDirectory } from '@tidemark/processor/data-directory';
import { runEngine, type EngineSettings } from '@tidemark/processor/embedded';
import type { EmbeddedEngine } from '@tidemark/processor/engine';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { GradeChange } from '@tidemark/schemas/records';
import { parse } from 'yaml';
import type { Limits, Server } from './context';
import { newServer } from './server';
import { openViews, type Views } from './views';

const METHODOLOGIES = join(__dirname, '../rating/methodologies');

export const readDocument = (name: string): MethodologyDocument =>
  parse(readFileSync(join(METHODOLOGIES, `${name}.yaml`), 'utf8'));

export const TOKEN = 'a-token-for-tests-that-is-long-enough';
/** Of those who may know what is confidential. */
export const RESTRICTED_TOKEN = 'another-token-for-tests-that-is-long-enough';

/** A server with its engine over a real data directory. */
export interface TestServer {
  readonly directory: string;
  readonly engine: EmbeddedEngine;
  readonly views: Views;
  readonly app: Server;
  readonly url: string;
  readonly reports: string[];
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly post: (body: string, headers?: Record<string, string>) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export interface TestOptions {
  readonly directory?: string;
  readonly limits?: Partial<Limits>;
  readonly settings?: Partial<EngineSettings>;
  /** Whether anybody may be told what is confidential; default: yes. */
  readonly isRestricted?: boolean;
}

export async function openServer(options: TestOptions = {}): Promise<TestServer> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'tidemark-api-'));
  const reports: string[] = [];
  const report = (message: string): void => void reports.push(message);
  const engine = await runEngine({
    store: options.settings?.store ?? (await openDataDirectory(directory, undefined, report)),
    methodology: { document: readDocument('cn-aml-bank') },
    time: 'wall',
    clockLeapMsMax: 86_400_000,
    cacheKeys: 1_000,
    backlogMax: 100_000,
    clock: Date.now,
    report,
    ...options.settings,
  });
  const views = await openViews(
    join(directory, 'views'),
    engine,
    report,
    options.isRestricted ?? true,
  );
  const limits = options.limits ?? {};
  const tokens = { tokens: [TOKEN], restrictedTokens: [RESTRICTED_TOKEN] };
  const app = await newServer({ engine, views, ...tokens, report, limits });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const head = { authorization: `Bearer ${TOKEN}` };
  return {
    directory,
    engine,
    views,
    app,
    url,
    reports,
    get: (path, headers = {}) => fetch(`${url}${path}`, { headers: { ...head, ...headers } }),
    post: (body, headers = {}) =>
      fetch(`${url}/v1/events`, {
        method: 'POST',
        body,
        headers: { ...head, 'content-type': 'application/x-ndjson', ...headers },
      }),
    close: async () => {
      await app.close();
      await views.close();
      await engine.stop();
    },
  };
}

export const removeDirectory = ({ directory }: TestServer): void =>
  rmSync(directory, { recursive: true, force: true });

/** A natural person of whom enough is known for a rating, and what happens to it. */
export const profile = (customer: string, occurredAt: number): string =>
  JSON.stringify({
    type: 'profile-change',
    id: `p-${customer}`,
    institution: 'bank-1',
    customer,
    occurredAt,
    set: { customerKind: 'natural' },
  });

/** A person of whom all that matters is known: rated at once, with a low grade. */
export const known = (customer: string, occurredAt: number): string =>
  JSON.stringify({
    ...FULL_PROFILE,
    id: `p-${customer}`,
    institution: 'bank-1',
    customer,
    occurredAt,
  });

const FULL_PROFILE: object = JSON.parse(
  readFileSync(join(__dirname, '../cli/examples/first-rating.jsonl'), 'utf8').split('\n')[0] ?? '',
);

/** Reported as suspicious: two of them are directly the highest grade (X-H4). */
export const reported = (customer: string, occurredAt: number, strId: string): string =>
  JSON.stringify({
    type: 'risk-event',
    id: `e-${strId}`,
    institution: 'bank-1',
    customer,
    occurredAt,
    kind: 'str_filed',
    strId,
    role: 'subject',
  });

/** Directly the highest grade (X-H1). */
export const listed = (customer: string, occurredAt: number, id = `l-${customer}`): string =>
  JSON.stringify({
    type: 'risk-event',
    id,
    institution: 'bank-1',
    customer,
    occurredAt,
    kind: 'control_list_hit',
    entryId: id,
  });

export const cleared = (customer: string, occurredAt: number, entryId = `l-${customer}`): string =>
  JSON.stringify({
    type: 'risk-event',
    id: `c-${customer}-${entryId}`,
    institution: 'bank-1',
    customer,
    occurredAt,
    kind: 'control_list_cleared',
    entryId,
  });

export interface StreamEvent {
  readonly id: string;
  readonly change: GradeChange;
}

/** Reads a stream of grade changes. */
export interface StreamReader {
  /** The next events, waiting until there are as many. */
  readonly take: (count: number) => Promise<StreamEvent[]>;
  /** Everything until the server ends the stream. */
  readonly rest: () => Promise<string>;
  /** The place to come back to. */
  readonly place: () => string;
  readonly close: () => Promise<void>;
}

export function readStream(response: Response): StreamReader {
  if (response.body === null) throw new Error('there is no stream');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let place = '';
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (!done) text += decoder.decode(value, { stream: true });
    return !done;
  };
  const next = async (): Promise<StreamEvent> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        if (!(await more())) throw new Error('the stream has ended');
        continue;
      }
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      place = field('id') ?? place;
      const data = field('data');
      if (data !== undefined) return { id: place, change: JSON.parse(data) };
    }
  };
  return {
    take: async (count) => {
      const events: StreamEvent[] = [];
      while (events.length < count) events.push(await next());
      return events;
    },
    rest: async () => {
      while (await more());
      return text;
    },
    place: () => place,
    close: () => reader.cancel(),
  };
}

/** Resolves when something holds, looking again and again. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

export const isLive =
  ({ engine }: TestServer) =>
  (): boolean =>
    engine.status().phase === 'live';
