import { orLate } from '@tidemark/engine/pause';
import { GRADE_CHANGES } from '@tidemark/processor/topics';
import type { CustomerView, RatingForm } from '@tidemark/processor/engine';
import type { Rating } from '@tidemark/schemas/records';
import { GRADE_CHANGE_SCHEMA, RATING_SCHEMA } from '@tidemark/schemas/generated/schemas';
import { json, problems, valueOf } from '../answers';
import type { ApiContext, Server } from '../context';
import { ApiError } from '../errors';
import { jsonSchemaOf } from '../json-schema';

const PARAMS = {
  type: 'object',
  properties: {
    institution: { type: 'string', minLength: 1, description: 'The institution.' },
    customer: { type: 'string', minLength: 1, description: 'The customer within it, URL-encoded.' },
  },
  required: ['institution', 'customer'],
} as const;

const MIN_SEQUENCE = {
  type: 'object',
  properties: {
    minSequence: {
      type: 'integer',
      minimum: 1,
      description: 'Wait up to a second until the customer has come to this sequence, else 409.',
    },
  },
  additionalProperties: false,
} as const;

const LIMIT = {
  type: 'integer',
  minimum: 1,
  maximum: 1000,
  default: 100,
  description: 'At most so many.',
} as const;

const RATING = jsonSchemaOf(RATING_SCHEMA);
const { items: _items, ...summaryProperties } = Object(RATING['properties']);
const SUMMARY = {
  ...RATING,
  title: 'RatingSummary',
  properties: summaryProperties,
  required: [RATING['required']].flat().filter((name) => name !== 'items'),
};

const RATING_ROUTE = {
  operationId: 'getRating',
  summary: 'The rating of a customer',
  description:
    'As decided up to now, at the clock (`asOf`). `sequence` is the number of the last grade change: an answer with a greater one is newer. What is confidential counts in the grade alone, unless the token is the restricted one.',
  tags: ['customers'],
  params: PARAMS,
  querystring: MIN_SEQUENCE,
  response: {
    200: json('The rating, without its sub-items.', SUMMARY),
    ...problems(400, 404, 409),
  },
} as const;

const EXPLANATION_ROUTE = {
  operationId: 'getExplanation',
  summary: 'The rating of a customer with every sub-item',
  description:
    'Value, score, weight, contribution and evidence of each sub-item: enough to calculate the rating again by hand. As text for people with Accept: text/plain. Of the open facts alone, unless the token is the restricted one.',
  tags: ['customers'],
  params: PARAMS,
  querystring: MIN_SEQUENCE,
  response: {
    200: {
      description: 'The rating, explained.',
      content: {
        'application/json': { schema: RATING },
        'text/plain': { schema: { type: 'string' } },
      },
    },
    ...problems(400, 404, 409),
  },
} as const;

export function addRatings(app: Server, context: ApiContext): void {
  app.get(
    '/v1/customers/:institution/:customer/rating',
    { schema: RATING_ROUTE },
    async ({ params: { institution, customer }, query, ratingForm }) => {
      const { items: _omitted, ...rating } = ratingOf(
        await reached(context, institution, customer, ratingForm, query.minSequence),
      );
      return rating;
    },
  );

  app.get(
    '/v1/customers/:institution/:customer/explanation',
    { schema: EXPLANATION_ROUTE },
    async ({ params, query, headers, ratingForm }, reply) => {
      const { institution, customer } = params;
      const rating = ratingOf(
        await reached(context, institution, customer, ratingForm, query.minSequence),
      );
      if (!prefersText(headers.accept)) return rating;
      const text = valueOf(await context.engine.explanation(institution, customer, ratingForm));
      return reply.type('text/plain; charset=utf-8').send(text ?? '');
    },
  );
}

const prefersText = (accept = ''): boolean =>
  accept.includes('text/plain') && !accept.includes('json');

function ratingOf({ rating }: CustomerView): Rating {
  if (rating !== undefined && rating.sequence > 0) return rating;
  throw new ApiError(
    'TM_NO_RATING',
    'it comes when the required attributes are known, or after the waiting time',
  );
}

/** In a cluster a state can be read a moment after the change that it comes from. */
const LOOK_AGAIN_MS = 25;

/** The customer once it has come to a sequence. @throws ApiError */
async function reached(
  { engine, limits }: ApiContext,
  institution: string,
  customer: string,
  form: RatingForm,
  minSequence = 0,
): Promise<CustomerView> {
  const outputs = engine.outputs(engine.partitionOf(institution, customer));
  const end = performance.now() + limits.waitMs;
  const leftMs = (): number => Math.max(0, Math.ceil(end - performance.now()));
  for (;;) {
    // before the look: what is published after it is a change. Brokers that are away are not waited for
    const bounds =
      minSequence > 0 ? await orLate(outputs.bounds(GRADE_CHANGES), leftMs()) : undefined;
    const view = valueOf(await engine.customer(institution, customer, form));
    if (view !== undefined && view.sequence >= minSequence) return view;
    const left = leftMs();
    if (bounds !== undefined && left > 0) {
      await outputs.changed(new Map([[GRADE_CHANGES, bounds.next]]), Math.min(LOOK_AGAIN_MS, left));
      continue;
    }
    if (view !== undefined) {
      throw new ApiError('TM_NOT_REACHED', 'ask again later, or without minSequence');
    }
    throw new ApiError('TM_UNKNOWN_CUSTOMER', 'check both names; events make a customer known');
  }
}

const HISTORY_ROUTE = {
  operationId: 'getHistory',
  summary: 'The grade changes of a customer, in order',
  description: 'As published, or with the restricted token with what is confidential.',
  tags: ['customers'],
  params: PARAMS,
  querystring: {
    type: 'object',
    properties: {
      after: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'Begin after this sequence: `next` of the page before.',
      },
      limit: LIMIT,
    },
    additionalProperties: false,
  },
  response: {
    200: json('A page of grade changes.', {
      type: 'object',
      properties: {
        changes: { type: 'array', items: jsonSchemaOf(GRADE_CHANGE_SCHEMA) },
        next: { type: ['integer', 'null'], description: 'For `after`; null: there are no more.' },
      },
      required: ['changes', 'next'],
    }),
    ...problems(400, 404),
  },
} as const;

const LIST_ROUTE = {
  operationId: 'listCustomers',
  summary: 'Customers by grade',
  description:
    'In the order of institution and customer, by the grade changes published so far. A customer whose grade changes between two pages may be on both or on none.',
  tags: ['customers'],
  querystring: {
    type: 'object',
    properties: {
      grade: { type: 'integer', minimum: 1, maximum: 100, description: 'Only of this grade.' },
      cursor: { type: 'string', maxLength: 4096, description: '`next` of the page before.' },
      limit: LIMIT,
    },
    additionalProperties: false,
  },
  response: {
    200: json('A page of customers.', {
      type: 'object',
      properties: {
        customers: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              institution: { type: 'string' },
              customer: { type: 'string' },
              grade: { type: 'integer', description: 'The effective grade.' },
              sequence: { type: 'integer', description: 'Number of its last grade change.' },
              since: { type: 'integer', description: 'When it got this grade, UTC milliseconds.' },
            },
            required: ['institution', 'customer', 'grade', 'sequence', 'since'],
          },
        },
        next: { type: ['string', 'null'], description: 'For `cursor`; null: there are no more.' },
      },
      required: ['customers', 'next'],
    }),
    ...problems(400),
  },
} as const;

export function addViews(app: Server, context: ApiContext): void {
  const { engine, views } = context;
  app.get(
    '/v1/customers/:institution/:customer/history',
    { schema: HISTORY_ROUTE },
    async ({ params, query, ratingForm }, reply) => {
      const { institution, customer } = params;
      await seen(context, engine.partitionOf(institution, customer));
      const { after, limit } = query;
      const wanted = { institution, customer, after, count: limit + 1, form: ratingForm };
      const found = await historyOf(context, wanted);
      if (found.length === 0 && after === 0) {
        await reached(context, institution, customer, ratingForm);
      }
      const shown = found.slice(0, limit);
      const next = found.length > limit ? after + limit : null;
      // Already JSON, and sequences are contiguous.
      return reply
        .type('application/json; charset=utf-8')
        .send(`{"changes":[${shown.join(',')}],"next":${next}}`);
    },
  );

  app.get('/v1/customers', { schema: LIST_ROUTE }, async ({ query }) => {
    for (let partition = 0; partition < engine.partitions; partition += 1) {
      await seen(context, partition);
    }
    const { items, next } = await views.customers(query.grade, query.cursor, query.limit);
    return { customers: items, next };
  });
}

interface Wanted {
  readonly institution: string;
  readonly customer: string;
  readonly after: number;
  readonly count: number;
  readonly form: RatingForm;
}

/** With every change that the state knows of: in a cluster it can be read a moment before the change. */
async function historyOf(
  { engine, views, limits }: ApiContext,
  { institution, customer, after, count, form }: Wanted,
): Promise<readonly string[]> {
  const end = performance.now() + limits.waitMs;
  for (;;) {
    const found = await views.history(institution, customer, after, count, form === 'full');
    if (found.length >= count || performance.now() >= end) return found;
    const answer = await engine.customer(institution, customer);
    const sequence = answer.ok ? (answer.value?.sequence ?? 0) : 0;
    if (sequence <= after + found.length) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Whoever has seen a change elsewhere sees it here. @throws ApiError */
async function seen({ views, limits }: ApiContext, partition: number): Promise<void> {
  if (await views.caughtUp(partition, limits.waitMs)) return;
  throw new ApiError('TM_RECOVERING', 'the views are behind: ask again; /readyz says what is away');
}
