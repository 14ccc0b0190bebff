import type { Verdict } from '@tidemark/processor/engine';
import { json, problems, valueOf } from '../answers';
import { elementsOf, linesOf } from '../body';
import type { ApiContext, Server } from '../context';
import { ApiError } from '../errors';

const LINES = ['application/x-ndjson', 'application/jsonl', 'application/json-lines'] as const;
const EVENT = {
  type: 'object',
  description:
    'One of profile-change, transaction, risk-event, link-fact, decision, by its `type`: see schemas/events.',
} as const;

const RESULT = {
  type: 'object',
  properties: {
    index: {
      type: 'integer',
      description: 'Place in the request, from 0; empty lines not counted.',
    },
    id: { type: ['string', 'null'], description: 'The id of the event, as far as it can be told.' },
    status: {
      type: 'string',
      enum: ['accepted', 'refused'],
      description: 'accepted: durable, and decided soon. refused: kept as a dead letter.',
    },
    code: { type: 'string', description: 'Of a refused one: why, for programs.' },
    field: { type: ['string', 'null'], description: 'Of a refused one: the offending field.' },
    reason: { type: 'string', description: 'Of a refused one: what is expected, a sentence.' },
  },
  required: ['index', 'id', 'status'],
} as const;

const TAKEN = {
  title: 'Taken',
  type: 'object',
  properties: {
    accepted: { type: 'integer', description: 'How many events are durable.' },
    refused: {
      type: 'integer',
      description: 'How many were refused, and are kept as dead letters.',
    },
    results: { type: 'array', items: RESULT, description: 'What became of each event, in order.' },
  },
  required: ['accepted', 'refused', 'results'],
} as const;

const SCHEMA = {
  operationId: 'postEvents',
  summary: 'Take events in',
  description:
    'Every event is checked for itself: a refused one becomes a dead letter and does not stop the others. 200: all are accepted; 207: at least one is refused, see `results`. Accepted means durable. Sending an event again is accepted and changes nothing, so a request without an answer is simply sent again. An event that contradicts an earlier one of its id is accepted here and becomes a dead letter when it is decided.',
  tags: ['events'],
  consumes: ['application/x-ndjson', 'application/json'],
  body: {
    content: {
      'application/x-ndjson': { schema: {} },
      'application/json': { schema: {} },
    },
  },
  querystring: {
    type: 'object',
    properties: {
      results: {
        type: 'string',
        enum: ['all', 'refused'],
        default: 'all',
        description: 'refused: leave the accepted events out of `results`.',
      },
    },
    additionalProperties: false,
  },
  response: {
    200: json('All events are durable.', TAKEN),
    207: json('Some events were refused; the others are durable.', TAKEN),
    ...problems(400, 413, 415),
  },
} as const;

/** What the OpenAPI document says of the body, which the server checks event by event. */
export const EVENT_BODY = {
  'application/x-ndjson': { schema: { type: 'string', description: 'One event a line.' } },
  'application/json': { schema: { type: 'array', items: EVENT } },
} as const;

export function addEvents(app: Server, { engine, limits, metrics }: ApiContext): void {
  const raw = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void): void =>
    done(null, body);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...LINES, 'application/json'], { parseAs: 'buffer' }, raw);

  app.post('/v1/events', { schema: SCHEMA }, async (request, reply) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new ApiError('TM_UNSUPPORTED_MEDIA', 'send it as it is, without a Content-Encoding');
    }
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const isArray = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
    const values = isArray ? elementsOf(body, limits.events) : linesOf(body, limits.events);
    const verdicts = valueOf(await engine.append(values, `POST /v1/events ${request.id}`));
    metrics.taken(verdicts);
    const refused = verdicts.filter(({ accepted }) => !accepted).length;
    const results = verdicts
      .map(resultOf)
      .filter(({ status }) => status === 'refused' || request.query.results === 'all');
    return reply
      .code(refused > 0 ? 207 : 200)
      .send({ accepted: verdicts.length - refused, refused, results });
  });
}

function resultOf(verdict: Verdict, index: number) {
  if (verdict.accepted) return { index, id: verdict.id, status: 'accepted' } as const;
  const { id, code, field, reason } = verdict;
  return { index, id, status: 'refused', code, field, reason } as const;
}
