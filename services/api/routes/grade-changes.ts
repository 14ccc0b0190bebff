import { Readable } from 'node:stream';
import { orLate } from '@tidemark/engine/pause';
import { problems, text } from '../answers';
import type { ApiContext, Server } from '../context';
import { ApiError } from '../errors';
import { firstPositions, gradeChangeStream, isWithin, positionsNow } from '../grade-change-stream';
import { parsePositions, type Positions } from '../positions';

const SCHEMA = {
  operationId: 'streamGradeChanges',
  summary: 'Grade changes as they happen, as server-sent events',
  description:
    'Each event `grade-change` has one grade change as JSON in `data`, and as `id` the position after it: the next offset of each partition (`0:17,1:42`). With Last-Event-ID the stream goes on there, without gap or repeat, also after a restart of the server. Changes of one customer come in the order of their sequence; across partitions there is no order.',
  tags: ['grade changes'],
  headers: {
    type: 'object',
    properties: {
      'last-event-id': { type: 'string', description: 'The id of the last event that was seen.' },
    },
  },
  querystring: {
    type: 'object',
    properties: {
      since: {
        type: 'string',
        default: 'now',
        description: 'Without Last-Event-ID: `now`, `beginning`, or the id of an event.',
      },
      gradeMin: {
        type: 'integer',
        minimum: 1,
        maximum: 100,
        default: 1,
        description: 'Only changes to this grade or a higher one.',
      },
    },
    additionalProperties: false,
  },
  response: {
    200: text('The stream.', 'text/event-stream'),
    ...problems(400, 410),
  },
} as const;

export function addGradeChanges(app: Server, context: ApiContext): void {
  const { engine, limits, metrics, closing } = context;
  let open = 0;
  app.get('/v1/grade-changes', { schema: SCHEMA }, async (request, reply) => {
    if (closing.aborted) throw new ApiError('TM_STOPPING', 'come back with Last-Event-ID');
    if (open >= limits.streams)
      throw new ApiError('TM_TOO_MANY_STREAMS', 'close one, or share one');
    const since = request.headers['last-event-id'] ?? request.query.since;
    const from = await orLate(placeOf(context, since), limits.waitMs);
    if (from === undefined) {
      throw new ApiError(
        'TM_RECOVERING',
        'come back with Last-Event-ID; /readyz says what is away',
      );
    }
    const gone = new AbortController();
    const signal = AbortSignal.any([closing, gone.signal]);
    const { gradeMin } = request.query;
    const options = { from, gradeMin, heartbeatMs: limits.heartbeatMs, signal };
    const stream = Readable.from(gradeChangeStream(engine, options), { highWaterMark: 1 });
    metrics.streams.set((open += 1));
    stream.on('close', () => {
      gone.abort();
      metrics.streams.set((open -= 1));
    });
    reply.raw.on('close', () => gone.abort());
    return reply
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .type('text/event-stream; charset=utf-8')
      .send(stream);
  });
}

/** @throws ApiError when there is no such place */
async function placeOf({ engine }: ApiContext, since: string): Promise<Positions> {
  if (since === 'now') return positionsNow(engine);
  if (since === 'beginning') return firstPositions(engine);
  const positions = parsePositions(since, engine.partitions);
  if (positions === undefined) {
    throw new ApiError('TM_INVALID_POSITION', 'give the id of an event as it came');
  }
  if (await isWithin(engine, positions)) return positions;
  throw new ApiError(
    'TM_POSITION_GONE',
    'begin with since=beginning: this data directory has not what the id names',
  );
}
