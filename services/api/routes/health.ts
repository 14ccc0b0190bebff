import type { EngineStatus } from '@tidemark/processor/engine';
import { json, text } from '../answers';
import { mayReadMetrics } from '../access';
import type { ApiContext, Server } from '../context';
import { ApiError } from '../errors';

const HEALTH = {
  operationId: 'getHealth',
  summary: 'Whether the process answers',
  tags: ['operation'],
  security: [],
  response: {
    200: json('It does.', {
      type: 'object',
      properties: { status: { type: 'string', enum: ['ok'] } },
      required: ['status'],
    }),
  },
} as const;

const STATE = {
  title: 'Readiness',
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['live', 'waiting', 'recovering', 'stopping', 'stopped'] },
    waiting: {
      type: 'array',
      description: 'What is not there yet: in a cluster, before there are partitions.',
      items: {
        type: 'object',
        properties: { what: { type: 'string' }, why: { type: 'string' } },
        required: ['what', 'why'],
      },
    },
    partitions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          partition: { type: 'integer' },
          phase: { type: 'string', enum: ['recovering', 'live', 'stopped'] },
          step: { type: 'integer', description: 'The last committed step; -1 before the first.' },
          lag: { type: 'integer', description: 'Events that are durable and not decided yet.' },
          stepsLeft: { type: 'integer', description: 'Steps to replay until it is live.' },
          why: { type: 'string', description: 'Why it is not live, where that is known.' },
        },
        required: ['partition', 'phase', 'step', 'lag', 'stepsLeft'],
      },
    },
  },
  required: ['status', 'partitions'],
} as const;

const READINESS = {
  operationId: 'getReadiness',
  summary: 'Whether events are taken and questions answered',
  tags: ['operation'],
  security: [],
  response: {
    200: json('All partitions are live.', STATE),
    503: json(
      'Not now: waiting for servers, recovering, stopping, or a partition has stopped.',
      STATE,
    ),
  },
} as const;

const METRICS = {
  operationId: 'getMetrics',
  summary: 'Metrics for Prometheus',
  description: 'Without customer data. From the same machine no token is needed.',
  tags: ['operation'],
  security: [{}, { token: [] }],
  response: {
    200: text('Prometheus text format.', 'text/plain'),
  },
} as const;

const OPEN = { open: true, rateLimit: false } as const;

export function addHealth(
  app: Server,
  { engine, metrics }: ApiContext,
  isAllowed: (authorization: string | undefined) => boolean,
): void {
  app.get('/healthz', { schema: HEALTH, config: OPEN }, () => ({ status: 'ok' }));

  app.get('/readyz', { schema: READINESS, config: OPEN }, (_request, reply) => {
    const status = engine.status();
    return reply.code(status.phase === 'live' ? 200 : 503).send(stateOf(status));
  });

  app.get('/metrics', { schema: METRICS, config: OPEN }, async (request, reply) => {
    if (!mayReadMetrics({ address: request.ip, headers: request.headers }, isAllowed)) {
      throw new ApiError('TM_UNAUTHORIZED', 'from another machine or by a proxy, send the token');
    }
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}

const stateOf = ({ phase, partitions }: EngineStatus) => ({
  status: phase,
  partitions: partitions.map(({ phase, step, lag, replay, why }, partition) => ({
    ...{ partition, phase, step, lag, stepsLeft: replay.of - replay.done },
    ...(why === undefined ? {} : { why }),
  })),
});
