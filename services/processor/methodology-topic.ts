import type { TopicLog, TopicWriter } from '@tidemark/engine/ports';
import { customerMachine } from '@tidemark/rating/customer-machine';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { GLOBAL_TOPICS, METHODOLOGIES } from './topics';

/** A methodology as its files say it. */
export interface MethodologyFiles {
  readonly document: MethodologyDocument;
  readonly framework?: FrameworkDocument;
}

export type Published =
  | { readonly ok: true; readonly isNew: boolean; readonly globals: RatingGlobals }
  /** What is wrong and what to do. */
  | { readonly ok: false; readonly problem: string };

const LIMIT = { records: 1_000, bytes: 64 << 20 };

/** All that the global topics say. @throws when what was published cannot be loaded */
export async function readGlobals(inputs: TopicLog): Promise<RatingGlobals> {
  let globals = customerMachine.initialGlobals;
  for (const topic of GLOBAL_TOPICS) {
    for await (const value of valuesOf(inputs, topic)) {
      const taken = customerMachine.takeGlobal(globals, topic, value);
      if (taken.ok) globals = taken.value;
    }
  }
  return globals;
}

async function* valuesOf(inputs: TopicLog, topic: string): AsyncGenerator<Uint8Array> {
  const { first, next } = await inputs.bounds(topic);
  for (let at = first; at < next;) {
    const slice = await inputs.read(topic, at, LIMIT);
    for (const { value } of slice.records) yield value;
    if (slice.next === at) return;
    at = slice.next;
  }
}

/**
 * Publishes a methodology unless this version of it is published already. A version is never changed:
 * other content under the same name is refused, and so is what needs facts that nobody has kept.
 * @param now UTC milliseconds: a later version is in force from then on; the first one always was
 */
export async function publishMethodology(
  inputs: TopicLog,
  writer: TopicWriter,
  globals: RatingGlobals,
  { document, framework }: MethodologyFiles,
  now: number,
): Promise<Published> {
  const { id, version } = document;
  let known: number | undefined;
  let any = false;
  for await (const value of valuesOf(inputs, METHODOLOGIES)) {
    const other = nameOf(value);
    any = true;
    if (other.id === id && other.version === version) known = other.activateAt;
  }
  const record = {
    id,
    version,
    document: JSON.stringify(document),
    framework: framework === undefined ? null : JSON.stringify(framework),
    activateAt: known ?? (any ? now : 0),
  };
  const value = Buffer.from(JSON.stringify(record));
  const taken = customerMachine.takeGlobal(globals, METHODOLOGIES, value);
  if (!taken.ok) return { ok: false, problem: problemOf(`${id} ${version}`, taken) };
  if (known !== undefined) return { ok: true, isNew: false, globals };
  await writer.append(METHODOLOGIES, [value]);
  return { ok: true, isNew: true, globals: taken.value };
}

interface Name {
  readonly id: unknown;
  readonly version: unknown;
  readonly activateAt: number | undefined;
}

function nameOf(value: Uint8Array): Name {
  const nothing = { id: undefined, version: undefined, activateAt: undefined };
  try {
    const { id, version, activateAt }: Record<string, unknown> = JSON.parse(
      Buffer.from(value).toString('utf8'),
    );
    return { id, version, activateAt: typeof activateAt === 'number' ? activateAt : undefined };
  } catch {
    return nothing;
  }
}

function problemOf(
  name: string,
  { code, reason }: { readonly code: string; readonly reason: string },
): string {
  switch (code) {
    case 'conflicting-duplicate':
      return `methodology ${name} is published with other content, and a version never changes: raise 'version' in the document`;
    case 'needs-history':
      return `methodology ${name} needs facts that the one in force does not keep (${reason}): leave these features out, or begin with a new data directory and send all events again`;
    default:
      return `methodology ${name} is refused: ${reason} (${code})`;
  }
}
