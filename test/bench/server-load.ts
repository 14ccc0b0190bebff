import { BATCH, pause } from './bench-engine';
import { openEventStream } from './event-stream';
import { bodyOf, newClient, postAll, type Client } from './http-client';
import { batchesOf } from './live-events';
import { quantile } from './measure';
import { startServer, untilDecided, type ServerProcess } from './server-process';
import { batchesFrom, listing, ratedPerson } from './synthetic-live';

export interface ServerInput {
  readonly directory: string;
  /** Events for all of it. */
  readonly file: string;
  /** Events of the measure of throughput. */
  readonly events: number;
  /** How long each measure of latency lasts. */
  readonly seconds: number;
  /** Events a second, beside half of what is found. */
  readonly rates: readonly number[];
}

export interface ServerResult {
  readonly events: number;
  /** From the first request until all is durable and decided. */
  readonly perSecond: number;
  /** From the first request to the last answer. */
  readonly acceptedPerSecond: number;
  /** How often a request was told to wait. */
  readonly waits: number;
  readonly latencies: readonly LatencyResult[];
  readonly stopSeconds: number;
}

export interface LatencyResult {
  readonly perSecond: number;
  readonly changes: number;
  /** From the planned time of the request, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** From the time at which it was sent indeed, ms. */
  readonly sentP50: number;
  readonly sentP99: number;
  /** Requests that were not taken. */
  readonly refused: number;
}

const IN_FLIGHT = 8;
const OPEN_LOOP_CONNECTIONS = 64;
/** One event in so many changes a grade for certain. */
const LISTING_EACH = 100;
const MISSING_MS = 20_000;

/** The built server under load; this process is the client, on the same machine. */
export async function measureServer(input: ServerInput): Promise<ServerResult> {
  const server = await startServer(input.directory);
  try {
    const lines = batchesOf(input.file, BATCH);
    const bodies: Buffer[] = [];
    for (let n = 0; n < input.events; n += BATCH) bodies.push(bodyOf(take(lines)));
    const client = newClient(server, IN_FLIGHT);
    const start = performance.now();
    const waits = await postAll(client, bodies, IN_FLIGHT);
    const accepted = (performance.now() - start) / 1000;
    await untilDecided(server.port);
    const decided = (performance.now() - start) / 1000;
    client.close();
    const events = bodies.length * BATCH;
    const perSecond = events / decided;
    const latencies: LatencyResult[] = [];
    const first = { lines, seconds: input.seconds, from: 0 };
    for (const rate of [Math.round(perSecond / 2), ...input.rates]) {
      latencies.push(await measureLatency(server, { ...first, rate }));
      first.from += Math.ceil((rate * input.seconds) / LISTING_EACH) + BATCH;
    }
    const stopping = performance.now();
    await server.stop();
    const stopSeconds = (performance.now() - stopping) / 1000;
    const acceptedPerSecond = events / accepted;
    return { events, perSecond, acceptedPerSecond, waits, latencies, stopSeconds };
  } finally {
    await server.kill();
  }
}

function take(lines: Generator<Buffer[]>): Buffer[] {
  const next = lines.next();
  if (next.done === true) throw new Error('too few events were prepared');
  return next.value;
}

interface LatencyInput {
  readonly lines: Generator<Buffer[]>;
  readonly rate: number;
  readonly seconds: number;
  /** Number of the first customer that has not been used yet. */
  readonly from: number;
}

interface Sending {
  readonly plannedAt: number;
  sentAt: number;
}

/** Open loop: requests go off at fixed times, whether the earlier ones are answered or not. */
async function measureLatency(server: ServerProcess, input: LatencyInput): Promise<LatencyResult> {
  const { lines, rate, seconds, from } = input;
  const requests = Math.max(2, Math.floor((rate * seconds) / BATCH));
  const listings = Math.floor(BATCH / LISTING_EACH);
  const client = newClient(server, OPEN_LOOP_CONNECTIONS);
  await prepareRated(client, server, from, requests * listings);
  const sendings = new Map<string, Sending>();
  const planned: number[] = [];
  const sent: number[] = [];
  const stream = await openEventStream(server, (eventId, at) => {
    const sending = sendings.get(eventId ?? '');
    if (sending === undefined) return;
    planned.push(at - sending.plannedAt);
    sent.push(at - sending.sentAt);
  });
  const bodies = Array.from({ length: requests }, (_, n) => {
    const ids = Array.from({ length: listings }, (_, i) => from + n * listings + i);
    const loud = ids.map((customer) => listing(customer, listingId(customer), Date.now()));
    return { ids, body: bodyOf(mixed(take(lines), loud)) };
  });
  let refused = 0;
  const flying: Promise<void>[] = [];
  const begin = performance.now();
  for (const [n, { ids, body }] of bodies.entries()) {
    const plannedAt = begin + (n * BATCH * 1000) / rate;
    const early = plannedAt - performance.now();
    if (early > 0) await pause(early);
    const sentAt = performance.now();
    for (const id of ids) sendings.set(listingId(id), { plannedAt, sentAt });
    flying.push(
      client.post(body).then(({ code }) => {
        if (code === 200) return;
        refused += 1;
        for (const id of ids) sendings.delete(listingId(id));
      }),
    );
  }
  await Promise.all(flying);
  await arrived(() => planned.length >= sendings.size);
  stream.close();
  client.close();
  return {
    perSecond: rate,
    changes: planned.length,
    p50: quantile(planned, 0.5),
    p99: quantile(planned, 0.99),
    max: Math.max(...planned),
    sentP50: quantile(sent, 0.5),
    sentP99: quantile(sent, 0.99),
    refused,
  };
}

const listingId = (customer: number): string => `listing-${customer}`;

/** Customers with a low grade, whose listing is a change for certain. */
async function prepareRated(
  client: Client,
  server: ServerProcess,
  from: number,
  customers: number,
): Promise<void> {
  const now = Date.now();
  const lines = batchesFrom(customers, BATCH, (n) => ratedPerson(from + n, now));
  await postAll(client, [...lines].map(bodyOf), 2);
  await untilDecided(server.port);
}

/** Puts the loud ones evenly among the others, in place of as many of them. */
function mixed(quiet: readonly Buffer[], loud: readonly Buffer[]): Buffer[] {
  const lines = [...quiet];
  const each = Math.floor(lines.length / loud.length);
  loud.forEach((line, i) => (lines[i * each + (each >> 1)] = line));
  return lines;
}

async function arrived(all: () => boolean): Promise<void> {
  const until = performance.now() + MISSING_MS;
  while (!all()) {
    if (performance.now() > until) throw new Error('grade changes are missing on the event stream');
    await pause();
  }
}
