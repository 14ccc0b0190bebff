import type { EmbeddedEngine } from '@tidemark/processor/engine';
import type { InputRecord } from '@tidemark/schemas/records';
import type { Portfolio } from './sample-summary';

/** Customers that are tried before giving up. */
const TRIES_MAX = 300;
const GRADE_MAX = 3;

/** An event that changes the grade of a customer, were it to happen now. */
export interface Example {
  readonly record: InputRecord;
  readonly gradeBefore: number;
  readonly gradeAfter: number;
}

/** Bad news about a customer of the portfolio whose grade it raises; undefined: there is none. */
export async function findExample(
  engine: EmbeddedEngine,
  { customers }: Portfolio,
  now: number,
): Promise<Example | undefined> {
  const names = [...customers]
    .filter(([, { last }]) => last <= GRADE_MAX)
    .map(([name]) => name)
    .sort();
  for (const name of names.slice(0, TRIES_MAX)) {
    const colon = name.indexOf(':');
    const record: InputRecord = {
      type: 'risk-event',
      id: 'try-1',
      institution: name.slice(0, colon),
      customer: name.slice(colon + 1),
      occurredAt: now,
      kind: 'adverse_media',
      medium: 'authoritative',
      important: true,
    };
    const tried = await engine.tryOut(record);
    if (tried !== undefined && tried.gradeAfter > tried.gradeBefore) return { record, ...tried };
  }
  return undefined;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What to try on a server that runs, each a line that can be pasted into a shell. */
export function tryNext(url: string, tokenFile: string, example: Example): string[] {
  const { record, gradeBefore, gradeAfter } = example;
  // not among the arguments of curl, which everybody on the machine can see
  const curl = `sed 's/^/Authorization: Bearer /' ${quoted(tokenFile)} | curl -sS -H @-`;
  const customer = `${record.institution}/${encodeURIComponent(record.customer)}`;
  const client = `--url ${url} --token-file ${quoted(tokenFile)}`;
  return [
    `Try next, in another terminal (bad news takes ${record.customer} from grade ${gradeBefore} to ${gradeAfter}):`,
    `  npx tidemark watch ${client}`,
    `  ${curl} ${url}/v1/events -H 'Content-Type: application/x-ndjson' -d ${quoted(JSON.stringify(record))}`,
    `  ${curl} ${url}/v1/customers/${customer}/explanation -H 'Accept: text/plain'`,
  ];
}
