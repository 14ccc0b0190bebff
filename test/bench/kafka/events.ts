import { encode } from '@tidemark/schemas/avro';
import type { Transaction } from '@tidemark/schemas/records';

/** The stream of the benchmark: the n-th event is the same on every run, but for the time that it is given. */
export interface Stream {
  readonly customers: number;
  /** Of the first event, UTC milliseconds at a full hour. */
  readonly from: number;
  /** The events are spread over so long. */
  readonly overMs: number;
  readonly events: number;
}

export const INSTITUTION = 'bench';
const HOUR_MS = 3_600_000;
const FRAME_BYTES = 5;

/** Events of the last hour, on a full hour so that results do not hang on the time of day. */
export const streamOf = (events: number, customers: number, now: number): Stream => ({
  events,
  customers,
  from: Math.floor(now / HOUR_MS) * HOUR_MS - HOUR_MS,
  overMs: HOUR_MS - 60_000,
});

/** 32 well mixed bits of a number and a salt (the finaliser of MurmurHash3). */
function mixed(n: number, salt: number): number {
  let x = Math.imul(n, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export const customerName = (customer: number): string => `c${String(customer).padStart(8, '0')}`;

/** Every customer is met once within the first `customers` events, then they come by chance. */
export const customerAt = ({ customers }: Pick<Stream, 'customers'>, n: number): string =>
  customerName(n < customers ? n : mixed(n, 0) % customers);

export const keyOf = (customer: string): string => `${INSTITUTION}:${customer}`;
export const eventId = (n: number): string => `event-${String(n).padStart(12, '0')}`;

/** The number of an event by its id. */
export const numberOf = (id: string): number => Number(id.slice('event-'.length));

const pick = <T>(values: readonly [T, ...T[]], random: number): T =>
  values[random % values.length] ?? values[0];

const KINDS = ['transfer', 'transfer', 'transfer', 'transfer', 'cash', 'remittance'] as const;
const CHANNELS = ['online', 'online', 'online', 'counter', 'atm', 'phone'] as const;
const HIGH_RISK = ['IR', 'KP', 'MM', 'AF'] as const;
const ABROAD = ['DE', 'FR', 'JP', 'SG', 'US'] as const;
const PER_MILLE = 1000;

/** The n-th event: mostly small domestic transfers, few of which change a grade. */
export function eventAt(stream: Stream, n: number, occurredAt = timeOf(stream, n)): Transaction {
  const chance = mixed(n, 1) % PER_MILLE;
  const isAbroad = chance < 20;
  const isHighRisk = chance < 2;
  const amount = 1_000 + (mixed(n, 2) % (chance % 50 === 7 ? 30_000_000 : 400_000));
  const other = mixed(n, 3);
  const country = isHighRisk ? pick(HIGH_RISK, other) : isAbroad ? pick(ABROAD, other) : 'CN';
  return {
    type: 'transaction',
    id: eventId(n),
    institution: INSTITUTION,
    customer: customerAt(stream, n),
    occurredAt,
    txId: `posting-${n}`,
    accountId: `a-${mixed(n, 4) % 1_000_000}`,
    kind: pick(KINDS, mixed(n, 5)),
    direction: mixed(n, 6) % 2 === 0 ? 'in' : 'out',
    amount,
    currency: 'CNY',
    amountCny: amount,
    status: 'booked',
    channel: pick(CHANNELS, mixed(n, 7)),
    ip: `10.${other & 255}.${(other >>> 8) & 255}.${(other >>> 16) & 255}`,
    ipRegion: '310105',
    deviceId: `device-${mixed(n, 8) % 1_000_000}`,
    counterpartyId: `counterparty-${mixed(n, 9) % 1_000_000}`,
    counterpartyKind: mixed(n, 10) % 4 === 0 ? 'entity' : 'natural',
    counterpartyCountry: country,
    crossBorder: isAbroad,
    product: 'current_account',
  };
}

const timeOf = ({ from, overMs, events }: Stream, n: number): number =>
  from + Math.floor((n / events) * overMs);

/** In the wire format of a registry: 0, the id in four bytes, Avro. */
export function framed(schemaId: number, avro: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(FRAME_BYTES + avro.length);
  value.writeUInt8(0, 0);
  value.writeUInt32BE(schemaId, 1);
  value.set(avro, FRAME_BYTES);
  return value;
}

export const unframed = (value: Uint8Array): Buffer =>
  Buffer.from(value.buffer, value.byteOffset + FRAME_BYTES, value.length - FRAME_BYTES);

export const encodeEvent = (event: Transaction, schemaId: number): Buffer =>
  framed(schemaId, encode('transaction', event));
