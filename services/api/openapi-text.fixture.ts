import type { Engine } from '@tidemark/processor/engine';
import { stringify } from 'yaml';
import { newServer } from './server';
import type { Views } from './views';

const nothing = (): never => {
  throw new Error('there is no engine: the routes are only described');
};

const ENGINE: Engine = {
  partitions: 0,
  append: nothing,
  customer: nothing,
  explanation: nothing,
  partitionOf: nothing,
  outputs: nothing,
  status: () => ({ phase: 'live', partitions: [] }),
};
const VIEWS: Views = { history: nothing, customers: nothing, caughtUp: nothing, close: nothing };

/** The OpenAPI document of the routes, as YAML. */
export async function openApiText(): Promise<string> {
  const app = await newServer({
    ...{ engine: ENGINE, views: VIEWS, report: nothing },
    ...{ tokens: [], restrictedTokens: [] },
  });
  try {
    const schemas = new Map<string, unknown>();
    const document = Object(hoisted(JSON.parse(JSON.stringify(app.swagger())), schemas));
    const sorted = Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
    document.components.schemas = sorted;
    return stringify(document, { lineWidth: 100 });
  } finally {
    await app.close();
  }
}

/** The same with every schema that has a title moved to `schemas`, and referred to. */
function hoisted(value: unknown, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((element: unknown) => hoisted(element, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, hoisted(member, schemas)]);
  const { title, ...rest }: Record<string, unknown> = Object.fromEntries(members);
  if (typeof title !== 'string' || rest['type'] !== 'object')
    return { ...(title === undefined ? {} : { title }), ...rest };
  schemas.set(title, rest);
  return { $ref: `#/components/schemas/${title}` };
}
