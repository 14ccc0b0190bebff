interface ErrorKind {
  readonly status: number;
  /** What happened, for people. */
  readonly title: string;
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
}

/** Every error that the interface answers with: stable codes, documented in the README. */
export const ERRORS = {
  TM_INVALID_REQUEST: { status: 400, title: 'A parameter is not what it should be' },
  TM_NOT_JSON: { status: 400, title: 'The body is no JSON array' },
  TM_INVALID_POSITION: { status: 400, title: 'No such position of the event stream' },
  TM_UNAUTHORIZED: { status: 401, title: 'The token is missing or wrong' },
  TM_NOT_FOUND: { status: 404, title: 'There is nothing at this path' },
  TM_UNKNOWN_CUSTOMER: { status: 404, title: 'Nothing is known of this customer' },
  TM_NO_RATING: { status: 404, title: 'The customer has no rating yet' },
  TM_NOT_REACHED: { status: 409, title: 'The customer has not come to that sequence yet' },
  TM_POSITION_GONE: { status: 410, title: 'The event stream no longer has that position' },
  TM_TOO_LARGE: { status: 413, title: 'The body is too large' },
  TM_TOO_MANY_EVENTS: { status: 413, title: 'Too many events in one request' },
  TM_UNSUPPORTED_MEDIA: { status: 415, title: 'The body is of another media type' },
  TM_TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests', retryAfter: 1 },
  TM_INTERNAL: { status: 500, title: 'A fault of the server' },
  TM_WAITING: { status: 503, title: 'A server that is needed is not there yet', retryAfter: 5 },
  TM_RECOVERING: { status: 503, title: 'The engine is not ready yet', retryAfter: 1 },
  TM_LAGGING: { status: 503, title: 'Too many events wait to be decided', retryAfter: 1 },
  TM_STOPPING: { status: 503, title: 'The server is about to end', retryAfter: 5 },
  TM_STOPPED: {
    status: 503,
    title: 'The partition has stopped and needs a person',
    retryAfter: 60,
  },
  TM_NOT_STORED: { status: 503, title: 'The events could not be stored', retryAfter: 5 },
  TM_TOO_MANY_STREAMS: { status: 503, title: 'Too many event streams are open', retryAfter: 5 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** Answered as problem+json. Neither code nor detail holds customer data. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: ErrorCode,
    /** What to do about it, a sentence. */
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

export function problemOf({ code, detail }: ApiError): Problem {
  const { status, title } = ERRORS[code];
  return { type: `urn:tidemark:problem:${code}`, title, status, code, detail };
}

/** Seconds after which to try again; undefined: trying again does not help. */
export function retryAfterOf(code: ErrorCode): number | undefined {
  const kind: ErrorKind = ERRORS[code];
  return kind.retryAfter;
}

/** Codes of Fastify's own errors; others of status 4xx are faults of the request. */
const FASTIFY: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['TM_TOO_LARGE', 'send fewer events in one request'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'TM_UNSUPPORTED_MEDIA',
    'send application/x-ndjson (JSON Lines) or application/json (an array)',
  ],
};

/** What a thrown error is answered with; undefined: it is a fault of the server. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = FASTIFY[code];
  if (known !== undefined) return new ApiError(...known);
  // The validator's message names the parameter and what is expected of it, never its value.
  if ('validation' in error) return new ApiError('TM_INVALID_REQUEST', error.message);
  const status =
    'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0;
  if (status >= 400 && status < 500) {
    return new ApiError(
      'TM_INVALID_REQUEST',
      'the request cannot be read; check its head and body',
    );
  }
  return undefined;
}
