import { bytesToHex } from '@noble/hashes/utils';
import { dayOf } from './calendar';
import {
  checksum,
  getByte,
  getInt32,
  getPlain,
  newWriter,
  putByte,
  putInt32,
  putNumber,
  type Reader,
} from './codec/bytes';
import { getDays, putDays } from './codec/day-codec';
import { getEvents, getPending, putEvents, putPending } from './codec/event-codec';
import { FINGERPRINT_BYTES, layoutOf } from './codec/layout';
import { getLinks, getProfile, putLinks, putProfile } from './codec/profile-codec';
import { getPublished, putPublished } from './codec/published-codec';
import { getResults, putResults } from './codec/result-codec';
import { getText, putText } from './codec/text';
import { getSeries, putSeries } from './codec/window-codec';
import { tidy } from './factors/series';
import { nextDue } from './grading/due';
import type { Methodology } from './methodology/methodology';
import { emptyState, type CustomerState } from './state';

/**
 * The bytes of a customer's state, for stores and checkpoints:
 *
 *     version 1 | fingerprint 8 | shape 4 | institution, customer, clock
 *     profile, links, events, pending records
 *     local dates with identities, rows of windows, results      (the calculated part ends here)
 *     first seen, what was published | checksum 4
 *
 * The calculated part is canonical: the same facts at the same clock are the same bytes, in whatever
 * order they came. What can be derived at little cost is left out: totals of windows, places, the
 * segment, the next due instant. What no window and no horizon reaches any more is dropped.
 */
const VERSION = 1;
const HEADER_BYTES = 1 + FINGERPRINT_BYTES + 4;
const CHECKSUM_BYTES = 4;

const writer = newWriter();

/**
 * The state as bytes; it may be used on afterwards.
 * @throws Error when the state follows another methodology
 */
export function encodeState(methodology: Methodology, state: CustomerState): Uint8Array {
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
  putByte(w, VERSION);
  for (const byte of layout.fingerprint) putByte(w, byte);
  putInt32(w, layout.shape);
  putText(w, state.institution);
  putText(w, state.customer);
  putNumber(w, state.asOf);
  putProfile(w, layout, state);
  putLinks(w, state);
  putEvents(w, layout, state);
  putPending(w, state);
  const table = putDays(w, layout, state, today, today - methodology.horizonDays + 1);
  putSeries(w, layout, state, table);
  putResults(w, methodology, state);
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
  getProfile(r, layout, state);
  getLinks(r, state);
  getEvents(r, layout, state);
  getPending(r, state);
  const table = getDays(r, layout, state, today);
  getSeries(r, layout, state, table);
  getResults(r, methodology, state);
  getPublished(r, layout, state, today);
  state.dueAt = nextDue(methodology, state);
  if (r.at !== r.end) throw new Error('the bytes of a state are malformed: more than a state');
  return state;
}

/**
 * The beginning of the fingerprint of the methodology that a state follows, in hex.
 * @throws Error when the bytes are of another format
 */
export function fingerprintIn(bytes: Uint8Array): string {
  if (bytes.length < HEADER_BYTES) throw new Error('the bytes of a state end too early');
  checkVersion(bytes[0] ?? 0);
  return bytesToHex(bytes.slice(1, 1 + FINGERPRINT_BYTES));
}

function checkVersion(version: number): void {
  if (version === VERSION) return;
  throw new Error(`a state of format ${version}: this build reads format ${VERSION}`);
}

function checkHeader(methodology: Methodology, shape: number, r: Reader): void {
  const { bytes, end } = r;
  if (end < HEADER_BYTES) throw new Error('the bytes of a state end too early');
  checkVersion(getByte(r));
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
