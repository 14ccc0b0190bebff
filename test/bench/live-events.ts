import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { InputRecord, ProfileAttributes } from '@tidemark/schemas/records';
import { recordsOf, type Source } from './streams';
import { DAY_MS, HOUR_MS } from './synthetic';

export interface Live {
  readonly source: Source;
  /** At most so many customers of it. */
  readonly customers: number;
  /** Where the events are written, JSON Lines. */
  readonly file: string;
  readonly events: number;
}

/** What is needed for a first rating at once, beside what the record says. */
export const completeProfile = (ordinal: number, now: number): ProfileAttributes => {
  const today = Math.floor(now / DAY_MS);
  return {
    customerKind: 'natural',
    infoOpenness: 'registry',
    channel: ordinal % 7 === 0 ? 'remote' : 'counter',
    idCheck: 'registry_verified',
    lastScreened: now - 30 * DAY_MS,
    birthDate: today - 365 * (19 + (ordinal % 60)),
    domicile: { country: 'CN', region: '310105' },
    branchRegion: '310100',
    agentKind: 'none',
    expectedBusiness: ['current_account'],
    occupation: 'student',
    pepStatus: 'none',
  };
};

const CHUNK_BYTES = 1 << 20;
/** A report of a suspicious transaction for every so many postings: some ratings move. */
const REPORT_EACH = 500;

/**
 * Writes the records of a source as events of the last hour, round after round with ids of their own
 * until there are enough; the profiles come once and are completed, so that customers are rated.
 */
export function prepareLive({ source, customers, file, events }: Live): { readonly bytes: number } {
  const records = distinct(recordsOf(source), customers);
  const until = Date.now();
  const out = openSync(file, 'w');
  let bytes = 0;
  let text = '';
  let written = 0;
  const write = (record: object): void => {
    const occurredAt = until - HOUR_MS + Math.floor((written / events) * (HOUR_MS * 0.95));
    text += `${JSON.stringify({ ...record, occurredAt })}\n`;
    written += 1;
    if (text.length < CHUNK_BYTES && written < events) return;
    bytes += writeSync(out, text);
    text = '';
  };
  for (let round = 0; written < events; round += 1) {
    for (const [ordinal, record] of records.entries()) {
      if (written >= events) break;
      const again = inRound(record, round, ordinal, until);
      if (again === undefined) continue;
      write(again);
      if (ordinal % REPORT_EACH === 0 && written < events) write(reportOf(record, round));
    }
  }
  closeSync(out);
  return { bytes };
}

/** Without what is sent twice, and what only makes sense once or at its own time. */
function distinct(records: readonly InputRecord[], customersMax: number): InputRecord[] {
  const seen = new Set<string>();
  const customers = new Set<string>();
  return records.filter(({ type, customer, id }) => {
    if (!customers.has(customer) && customers.size >= customersMax) return false;
    customers.add(customer);
    const identity = `${customer} ${id}`;
    if (seen.has(identity) || (type !== 'transaction' && type !== 'profile-change')) return false;
    seen.add(identity);
    return true;
  });
}

function inRound(
  record: InputRecord,
  round: number,
  ordinal: number,
  now: number,
): object | undefined {
  if (record.type === 'transaction') {
    return { ...record, id: `${record.id}-${round}`, txId: `${record.txId}-${round}` };
  }
  if (record.type !== 'profile-change' || round > 0) return undefined;
  return { ...record, set: { ...completeProfile(ordinal, now), ...record.set } };
}

const reportOf = ({ institution, customer, id }: InputRecord, round: number): object => ({
  type: 'risk-event',
  kind: 'str_filed',
  id: `str-${id}-${round}`,
  institution,
  customer,
  strId: `str-${id}-${round}`,
  role: 'subject',
});

const NEWLINE = 0x0a;

/** The lines of a file, so many at a time; no more of the file is in memory than the consumer holds. */
export function* batchesOf(file: string, size: number, max = Infinity): Generator<Buffer[]> {
  let batch: Buffer[] = [];
  let lines = 0;
  for (const line of linesIn(file)) {
    if (lines >= max) break;
    lines += 1;
    batch.push(line);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function* linesIn(file: string): Generator<Buffer> {
  const input = openSync(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const length = readSync(input, chunk);
      if (length === 0) break;
      const data = Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, from)) {
        yield data.subarray(from, end);
        from = end + 1;
      }
      rest = data.subarray(from);
    }
  } finally {
    closeSync(input);
  }
}
