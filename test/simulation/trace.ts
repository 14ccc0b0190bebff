import type { PortCall } from '@tidemark/engine/adapters/memory/hooks';
import type { Commit, LogSlice, StatesAt, StateWrite } from '@tidemark/engine/ports';

/** What a call came to: its answer, or what it threw. */
export type Answer = { readonly value: unknown } | { readonly error: unknown };

/**
 * A call and its answer in one line for a person; undefined where nobody wants to read it: a look at
 * a topic that has nothing new.
 */
export function lineOf(call: PortCall, answer: Answer): string | undefined {
  if ('error' in answer) return `${callText(call)} -> ${String(answer.error)}`;
  const text = answerText(call, answer.value);
  return text === undefined ? undefined : `${callText(call)}${text === '' ? '' : ` -> ${text}`}`;
}

export function callText({ port, method, args }: PortCall): string {
  const words = args.flatMap((arg) => {
    switch (`${port}.${method}`) {
      case 'ledger.commit':
        return typeof arg === 'object' ? [commitText(arg as Commit)] : [];
      case 'states.put':
        return [writeText(arg as StateWrite)];
      case 'states.get':
        return [Array.isArray(arg) ? arg.join(' ') : `at ${(arg as StatesAt).watermark ?? '-'}`];
      default:
        return typeof arg === 'object' && !Array.isArray(arg) ? [] : [String(arg)];
    }
  });
  return [`${port}.${method}`, ...words].join(' ');
}

function answerText({ port, method }: PortCall, value: unknown): string | undefined {
  if (value === undefined) return method === 'commit' ? '' : 'nothing';
  if (port === 'inputs' && method === 'read') {
    const { records } = value as LogSlice;
    return records.length === 0 ? undefined : `${records.length} records`;
  }
  if (method === 'get') {
    const blobs = value as readonly ({ key: string; step: number } | undefined)[];
    return blobs.map((blob) => (blob === undefined ? 'missing' : `@${blob.step}`)).join(' ');
  }
  if (Array.isArray(value)) return `${value.length} entries`;
  return typeof value === 'object' ? '' : String(value);
}

function commitText({ journal, checkpoint }: Commit): string {
  const { step, kind, slices, range, outputs, refused, version } = journal;
  return [
    `step ${step} ${kind}`,
    ...slices.map(({ topic, from, next }) => `${topic}[${from},${next})`),
    ...(range === undefined ? [] : [`(${range.fromKey} to ${range.toKey})`]),
    ...(kind === 'version' || kind === 'owner' ? [version] : []),
    ...refused.map(({ topic, offset, code }) => `refuses ${topic}@${offset} ${code}`),
    ...outputs.map(
      ({ kind, key, sequence }) => `${kind} ${key}${sequence === null ? '' : `#${sequence}`}`,
    ),
    ...(checkpoint === undefined
      ? []
      : [
          `checkpoint ${checkpoint.blobs.map(({ key, step }) => `${key}@${step}`).join(' ')}`,
          `restart ${checkpoint.restart.step}`,
        ]),
  ].join(', ');
}

const writeText = ({ previous, step, blobs }: StateWrite): string =>
  `${previous ?? '-'} to ${step ?? '-'}: ${blobs.map(({ key, step }) => `${key}@${step}`).join(' ')}`;
