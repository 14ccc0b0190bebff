import { bytesToHex } from '@noble/hashes/utils';
import { dayOf } from './calendar';
import {
  checksum,
  getByte,
  getInt32,
  getPlain,
  newWriter,
  putAgain,
  putByte,
  putInt32,
  putNumber,
  textSince,
  type Reader,
} from './codec/bytes';
import { getDays, putDays } from './codec/day-codec';
import { getEvents, getPending, putEvents, putPending } from './codec/event-codec';
import { FINGERPRINT_BYTES, layoutOf } from './codec/layout';
import { getLinks, getProfile, putLinks, putProfile } from './codec/profile-codec';
import { getPublished, putPublished } from './codec/published-codec';
import { getResults, putResults, type Base } from './codec/result-codec';
import { getText, putText } from './codec/text';
import { getSeries, putSeries } from './codec/window-codec';
import { tidy } from './factors/series';
import { nextDue } from './grading/due';
import type { Methodology } from './methodology/methodology';
import { emptyState, type CustomerState } from './state';

/**
 * The bytes of a customer's state, for stores and checkpoints:
 *
 *     format 1 | fingerprint 8 | shape 4 | institution, customer, clock
 *     profile, links, events, pending records
 *     local dates with identities, rows of windows, results      (the calculated part ends here)
 *     first seen, what was published | checksum 4
 *
 * The calculated part is canonical: the same facts at the same clock are the same bytes, in whatever
 * order they came. What can be derived at little cost is left out: totals of windows, places, the
 * segment, the next due instant. What no window and no horizon reaches any more is dropped.
 *
 * Format 1 wrote times of the profile and of results from the clock on, format 2 writes them as they are:
 * then a part in which nothing has changed is the same bytes at every clock, and is written from memory.
 */
const FORMAT = 2;
const FROM_THE_CLOCK = 1;
const HEADER_BYTES = 1 + FINGERPRINT_BYTES + 4;
const CHECKSUM_BYTES = 4;

const writer = newWriter();

/**
 * The state as bytes; it may be used on afterwards.
 * @throws Error when the state follows another methodology
 */
export const encodeState = (methodology: Methodology, state: CustomerState): Uint8Array =>
  encodeAs(FORMAT, methodology, state);

/** The same in a format that this build reads, for tests of what earlier builds have written. */
export function encodeAs(
  format: number,
  methodology: Methodology,
  state: CustomerState,
): Uint8Array {
  if (state.methodology !== methodology.fingerprint) {
    throw new Error(
      `the state follows methodology ${state.methodology}, not ${methodology.fingerprint}: carry it over first`,
    );
  }
  const layout = layoutOf(methodology);
  const today = dayOf(methodology.zone, state.asOf);
  tidy(state, methodology.series, today);
  const w = writer;
  w.at = 0;
  putByte(w, format);
  for (const byte of layout.fingerprint) putByte(w, byte);
  putInt32(w, layout.shape);
  putText(w, state.institution);
  putText(w, state.customer);
  putNumber(w, state.asOf);
  const base = baseOf(format, state.asOf, today);
  const isKept = format === FORMAT;
  if (!isKept || !putAgain(w, state.profileText)) {
    const from = w.at;
    putProfile(w, layout, state, base.instant);
    if (isKept) state.profileText = textSince(w, from);
  }
  putLinks(w, state);
  putEvents(w, layout, state);
  putPending(w, state);
  const table = putDays(w, layout, state, today, today - methodology.horizonDays + 1);
  putSeries(w, layout, state, table);
  if (!isKept || !putAgain(w, state.resultsText)) {
    const from = w.at;
    putResults(w, methodology, state, base);
    if (isKept) state.resultsText = textSince(w, from);
  }
  putPublished(w, layout, state, today);
  putInt32(w, checksum(w.bytes, w.at));
  return w.bytes.slice(0, w.at);
}

/**
 * The state of bytes that `encodeState` made.
 * @throws Error when they are damaged, of another format, methodology or build
 */
export function decodeState(methodology: Methodology, bytes: Uint8Array): CustomerState {
  const layout = layoutOf(methodology);
  const r: Reader = { bytes, at: 0, end: bytes.length - CHECKSUM_BYTES };
  checkHeader(methodology, layout.shape, r);
  const state = emptyState(getText(r), getText(r));
  state.methodology = methodology.fingerprint;
  state.asOf = getPlain(r);
  const today = dayOf(methodology.zone, state.asOf);
  const base = baseOf(bytes[0] ?? 0, state.asOf, today);
  getProfile(r, layout, state, base.instant);
  getLinks(r, state);
  getEvents(r, layout, state);
  getPending(r, state);
  const table = getDays(r, layout, state, today);
  getSeries(r, layout, state, table);
  getResults(r, methodology, state, base);
  getPublished(r, layout, state, today);
  state.dueAt = nextDue(methodology, state);
  state.tidyOn = today;
  if (r.at !== r.end) throw new Error('the bytes of a state are malformed: more than a state');
  return state;
}

/**
 * The beginning of the fingerprint of the methodology that a state follows, in hex.
 * @throws Error when the bytes are of another format
 */
export function fingerprintIn(bytes: Uint8Array): string {
  if (bytes.length < HEADER_BYTES) throw new Error('the bytes of a state end too early');
  checkFormat(bytes[0] ?? 0);
  return bytesToHex(bytes.slice(1, 1 + FINGERPRINT_BYTES));
}

/** From where times are counted that do not change with the clock. */
const baseOf = (format: number, asOf: number, today: number): Base =>
  format === FROM_THE_CLOCK ? { instant: asOf, day: today } : NO_BASE;
const NO_BASE: Base = { instant: 0, day: 0 };

function checkFormat(format: number): void {
  if (format === FORMAT || format === FROM_THE_CLOCK) return;
  throw new Error(`a state of format ${format}: this build reads format ${FORMAT}`);
}

function checkHeader(methodology: Methodology, shape: number, r: Reader): void {
  const { bytes, end } = r;
  if (end < HEADER_BYTES) throw new Error('the bytes of a state end too early');
  checkFormat(getByte(r));
  const sum = getInt32({ bytes, at: end, end: bytes.length });
  if (sum !== checksum(bytes, end)) throw new Error('the bytes of a state are damaged: checksum');
  const stored = bytesToHex(bytes.slice(1, 1 + FINGERPRINT_BYTES));
  const wanted = methodology.fingerprint.slice(0, 2 * FINGERPRINT_BYTES);
  if (stored !== wanted) {
    throw new Error(`the state follows methodology ${stored}, not ${wanted}: carry it over first`);
  }
  r.at += FINGERPRINT_BYTES;
  if (getInt32(r) !== shape) {
    throw new Error('the state was written by a build that numbers attributes or units otherwise');
  }
}
