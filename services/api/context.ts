import type { JsonSchemaToTsProvider } from '@fastify/type-provider-json-schema-to-ts';
import type { Engine, RatingForm } from '@tidemark/processor/engine';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Metrics } from './metrics';
import type { Views } from './views';

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  JsonSchemaToTsProvider
>;

export interface Limits {
  /** Of one request. */
  readonly bodyBytes: number;
  /** Of one request. */
  readonly events: number;
  /** Of one address, any second. */
  readonly requestsPerSecond: number;
  /** Open at once. */
  readonly streams: number;
  readonly heartbeatMs: number;
  /** A request has come in full within so long, milliseconds: a body may come a byte at a time. */
  readonly requestMs: number;
  /** How long a request may wait for a sequence, milliseconds. */
  readonly waitMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 8 << 20,
  events: 10_000,
  requestsPerSecond: 2_000,
  streams: 100,
  heartbeatMs: 15_000,
  requestMs: 60_000,
  waitMs: 1_000,
};

/** How often it is looked for requests that do not come to their end. */
const CHECKING_MS = 10_000;

/** A proxy that keeps idle connections for a minute, as many do, never finds one closed. */
const KEEP_ALIVE_MS = 72_000;

/** As a server of node:http has them, milliseconds. */
export interface Times {
  readonly requestTimeout: number;
  readonly headersTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly keepAliveTimeout: number;
}

/** A request that comes too slowly is cut off. */
export const timesOf = ({ requestMs }: Pick<Limits, 'requestMs'>): Times => ({
  requestTimeout: requestMs,
  // were it longer than the other, Node would take each for the other
  headersTimeout: requestMs,
  connectionsCheckingInterval: Math.min(CHECKING_MS, requestMs),
  keepAliveTimeout: KEEP_ALIVE_MS,
});

/** What the routes work with. */
export interface ApiContext {
  readonly engine: Engine;
  readonly views: Views;
  readonly tokens: readonly string[];
  /** Of those who may know what is confidential; none: nobody may here. */
  readonly restrictedTokens: readonly string[];
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** A line for whoever runs the server; without customer data. */
  readonly report: (message: string) => void;
  /** Ends the streams. */
  readonly closing: AbortSignal;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** In which form the caller may know of ratings. */
    ratingForm: RatingForm;
  }
  interface FastifyContextConfig {
    /** Answers without a token: it tells nothing about customers. */
    open?: boolean;
  }
}
