import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { EVENT_BODY } from './routes/events';

/** What the OpenAPI document says besides the routes. */
export const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1',
      description:
        'Keeps the money-laundering risk grade of every customer up to date, event by event. Generated from the routes: npm run openapi --workspace services/api.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080' }],
    tags: [
      { name: 'events', description: 'Taking events in.' },
      { name: 'customers', description: 'What is known of a customer, and who has which grade.' },
      { name: 'grade changes', description: 'Being told.' },
      { name: 'operation', description: 'For whoever runs the server.' },
    ],
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token that the first start makes and prints: DIR/token.',
        },
      },
    },
    security: [{ token: [] }],
  },
  transformObject: (document) => {
    if (!('openapiObject' in document)) return document.swaggerObject;
    const { paths = {} } = document.openapiObject;
    const post = paths['/v1/events']?.post;
    if (post !== undefined) post.requestBody = { required: true, content: EVENT_BODY };
    return document.openapiObject;
  },
};
