import { parseArgs } from 'node:util';

export interface Options {
  readonly events: number;
  readonly customers: number;
  readonly rounds: number;
  /** Events per second of the steady load. */
  readonly rate: number;
  /** Seconds of each latency run that are counted. */
  readonly seconds: number;
  /** Customers that are rebuilt into an empty Redis. */
  readonly rebuild: number;
  readonly parts: readonly Part[];
  /** Where the report is written; undefined: on stdout only. */
  readonly out: string | undefined;
}

export const PARTS = ['throughput', 'full', 'latency', 'restart', 'rebuild', 'profile'] as const;
export type Part = (typeof PARTS)[number];

export const USAGE = `npm run bench:kafka -- [part...] [options]

Parts: ${PARTS.join(', ')}; all without any. full: throughput with the default methodology.
--events N      events of the input topic; default 1000000
--customers N   their customers; default a tenth of the events
--rounds N      runs of each contender, by turns; default 3
--rate N        events a second of the steady load; default 5000
--seconds N     that are counted of each latency run; default 30
--rebuild N     customers rebuilt into an empty Redis; default as many as events
--out FOLDER    writes YYYY-MM-DD-kafka.md there
The report is printed on stdout. It starts a broker and Redis of its own; Java 17, Maven, redis-server and
kcat are needed.
`;

/** @returns a text: what is wrong, or the usage */
export function readOptions(args: readonly string[]): Options | string {
  const parsed = parsedOf(args);
  if (typeof parsed === 'string') return `${parsed}\n\n${USAGE}`;
  const { values, positionals } = parsed;
  if (values.help === true) return USAGE;
  const parts = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
  const events = Number(values.events);
  const numbers = {
    events,
    customers: Number(values.customers ?? Math.ceil(events / 10)),
    rounds: Number(values.rounds),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    rebuild: Number(values.rebuild ?? events),
  };
  const wrong = Object.entries(numbers).filter(([, n]) => !Number.isInteger(n) || n <= 0);
  if (unknown.length > 0) return `no part ${unknown.join(', ')}\n\n${USAGE}`;
  if (wrong.length > 0) {
    return `not a whole number above 0: ${wrong.map(([name]) => `--${name}`).join(', ')}\n\n${USAGE}`;
  }
  return { ...numbers, parts, out: values.out };
}

function parsedOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        events: { type: 'string', default: '1000000' },
        customers: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        rate: { type: 'string', default: '5000' },
        seconds: { type: 'string', default: '30' },
        rebuild: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
