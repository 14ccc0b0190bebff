import { acceptLine, newJob } from '@tidemark/cli/job';
import { decide } from '@tidemark/rating/customer';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { InputRecord } from '@tidemark/schemas/records';
import { celPeer } from './cel-peer';
import { median, secondsOf } from './measure';
import { defaultMethodology, linesOf, play, recordsOf, type Source, type States } from './streams';

export interface PeersResult {
  readonly events: number;
  /** JSON.parse and a map of customers: what no program in this language can do without. */
  readonly ceiling: number;
  /** Lines through the main job in this process: parsed, checked, clocked, decided. */
  readonly job: number;
  readonly decide: number;
  /** As decide, on the events that the full evaluation is given too. */
  readonly decideShort: number;
  readonly full: number;
  readonly cel: number;
  readonly celConditions: number;
  readonly celFailed: readonly string[];
}

const CEL_CUSTOMERS = 50;

/** Events a second of ours and of peers, by turns in one process. */
export function measurePeers({
  source,
  rounds,
  slowEvents,
}: {
  source: Source;
  rounds: number;
  slowEvents: number;
}): PeersResult {
  const methodology = defaultMethodology();
  const records = recordsOf(source);
  const lines =
    'file' in source ? linesOf(source.file) : records.map((record) => JSON.stringify(record));
  const states = [...play(methodology, records).values()];
  const step = Math.max(1, Math.floor(states.length / CEL_CUSTOMERS));
  const peer = celPeer(
    methodology,
    states.filter((_, i) => i % step === 0),
  );
  const short = shortened(records, slowEvents);
  const passes = Math.max(1, Math.floor(slowEvents / 10 / peer.customers.length));
  const rates = { ceiling: [], job: [], decide: [], decideShort: [], full: [], cel: [] } as {
    [name in 'ceiling' | 'job' | 'decide' | 'decideShort' | 'full' | 'cel']: number[];
  };
  const rate = (to: keyof typeof rates, events: number, run: () => void): void => {
    rates[to].push(events / secondsOf(run));
  };
  for (let round = 0; round < rounds; round += 1) {
    rate('ceiling', lines.length, () => parseOnly(lines));
    rate('job', lines.length, () => runJob(methodology, lines));
    rate('decide', records.length, () => play(methodology, records));
    rate('decideShort', short.length, () => play(methodology, short));
    rate('full', short.length, () => playInFull(methodology, short));
    rate('cel', passes * peer.customers.length, () => {
      for (let pass = 0; pass < passes; pass += 1) peer.customers.forEach(peer.evaluate);
    });
  }
  return {
    events: records.length,
    ceiling: median(rates.ceiling),
    job: median(rates.job),
    decide: median(rates.decide),
    decideShort: median(rates.decideShort),
    full: median(rates.full),
    cel: median(rates.cel),
    celConditions: peer.conditions,
    celFailed: peer.failed,
  };
}

/** The records of so many customers that there are about `events` of them. */
function shortened(records: readonly InputRecord[], events: number): InputRecord[] {
  const customers = new Set(records.map(({ customer }) => customer));
  const share = Math.min(1, events / records.length);
  const chosen = new Set([...customers].slice(0, Math.max(1, customers.size * share)));
  return records.filter(({ customer }) => chosen.has(customer));
}

function parseOnly(lines: readonly string[]): void {
  const counts = new Map<string, { events: number }>();
  for (const line of lines) {
    const { customer } = JSON.parse(line) as { customer: string };
    const count = counts.get(customer);
    if (count === undefined) counts.set(customer, { events: 1 });
    else count.events += 1;
  }
}

function runJob(methodology: Methodology, lines: readonly string[]): void {
  const job = newJob(methodology);
  const events = { decided: () => undefined, deadLetter: () => undefined };
  lines.forEach((text, i) => acceptLine(job, { text, number: i + 1 }, 'bench', events));
}

/** As play(), with every unit marked as touched: all conditions of the customer for every event. */
function playInFull(methodology: Methodology, records: readonly InputRecord[]): void {
  const states: States = new Map();
  for (const record of records) {
    const input = { kind: 'record', record } as const;
    const before = states.get(record.customer);
    methodology.dirty.fill(1);
    const { state } = decide(before, input, { methodology, asOf: record.occurredAt });
    if (state !== undefined) states.set(record.customer, state);
  }
  methodology.dirty.fill(0);
}
