import type { Answer, Unavailable } from '@tidemark/processor/engine';
import { ApiError, type ErrorCode } from './errors';
import type { JsonSchema } from './json-schema';

const CODES: Readonly<Record<Unavailable, readonly [ErrorCode, string]>> = {
  recovering: ['TM_RECOVERING', 'wait until /readyz answers 200'],
  stopping: ['TM_STOPPING', 'try again when the server is back'],
  stopped: ['TM_STOPPED', 'see /readyz; whoever runs the server finds the reason in its messages'],
  lagging: ['TM_LAGGING', 'send the same events again after Retry-After'],
  'not-stored': [
    'TM_NOT_STORED',
    'send the same events again: those that were stored are not taken twice; Kafka may be away (see /readyz), or the disk full',
  ],
};

/** The value of an answer. @throws ApiError when there is none */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  const [code, detail] = CODES[answer.because];
  throw new ApiError(code, detail);
}

const PROBLEM = {
  title: 'Problem',
  type: 'object',
  description: 'RFC 9457. Neither code nor detail holds customer data.',
  properties: {
    type: { type: 'string', description: 'urn:tidemark:problem:CODE' },
    title: { type: 'string', description: 'What happened.' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'For programs: TM_...' },
    detail: { type: 'string', description: 'What to do about it.' },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
} as const;

const problem = (description: string): JsonSchema => ({
  description,
  content: { 'application/problem+json': { schema: PROBLEM } },
});

const RETRY_AFTER = {
  'Retry-After': { type: 'integer', description: 'Seconds after which to try again.' },
} as const;

const PROBLEMS: Readonly<Record<number, JsonSchema>> = {
  400: problem('A parameter or the body is not what it should be.'),
  401: problem('The token is missing or wrong.'),
  404: problem('Nothing is known of this customer, or it has no rating yet.'),
  409: problem('The customer has not come to minSequence within a second.'),
  410: problem('The stream no longer has the position: begin at since=beginning.'),
  413: problem('The body is too large, or has too many events.'),
  415: problem('The body is neither JSON Lines nor a JSON array.'),
  429: { ...problem('Too many requests from one address.'), headers: RETRY_AFTER },
  503: {
    ...problem(
      'The engine waits for servers, recovers, lags or ends, or Kafka or the disk takes nothing.',
    ),
    headers: RETRY_AFTER,
  },
};

/** What any route with a token may answer, and these statuses besides. */
export const problems = (...statuses: readonly number[]): Record<number, JsonSchema> =>
  Object.fromEntries(
    [...statuses, 401, 429, 503].map((status) => [status, PROBLEMS[status] ?? {}]),
  );

/** An answer in JSON. */
export const json = (description: string, schema: JsonSchema): JsonSchema => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer of another media type, as it is written. */
export const text = (description: string, mediaType: string): JsonSchema => ({
  description,
  content: { [mediaType]: { schema: { type: 'string' } } },
});
