import type { CustomerState, Published } from '../state';
import {
  getByte,
  getCount,
  getPlain,
  getSigned,
  getUint,
  putByte,
  putNumber,
  putSigned,
  putUint,
  type Reader,
  type Writer,
} from './bytes';
import type { CodecLayout } from './layout';
import { getCodes, putCodes } from './result-codec';
import { getHash, getText, putHash, putText } from './text';

const WAITED = 1;
const FINAL = 2;
const RULE = 4;
const REVIEW = 8;
const RATED = 16;
const HASH = 32;
const CONFIRMED = 64;
/** By the methodology that the state follows. */
const CURRENT = 128;
/** The results that gave the grade are those of now, but for a few. */
const SIMILAR = 256;
const RESULTS = 512;
/** By another methodology, named here. */
const OTHER = 1024;
const SEEN = 2048;
/** Openly another basis is told. */
const OPEN = 4096;

const BASES = ['scored', 'direct-highest', 'direct-lowest', 'override', 'restricted'];

/** What depends on the order of arrival by nature: since when known, what was published. */
export function putPublished(
  w: Writer,
  layout: CodecLayout,
  state: CustomerState,
  today: number,
): void {
  const { published: p, waited, results, asOf, firstSeen } = state;
  const { rule, reviewDueOn, firstRatedAt, hash, confirmedBy } = p;
  const isCurrent = p.methodology === layout.name;
  const isSimilar = p.results.length > 0 && p.results.length === results.length;
  const isSeen = Number.isFinite(firstSeen);
  const isOpen = p.openBasis === p.basis;
  let flags = 0;
  if (waited) flags |= WAITED;
  if (p.status === 'final') flags |= FINAL;
  if (rule !== null) flags |= RULE;
  if (reviewDueOn !== null) flags |= REVIEW;
  if (firstRatedAt !== null) flags |= RATED;
  if (hash !== null) flags |= HASH;
  if (confirmedBy !== null) flags |= CONFIRMED;
  if (isCurrent) flags |= CURRENT;
  else if (p.methodology !== '') flags |= OTHER;
  if (isSimilar) flags |= SIMILAR;
  else if (p.results.length > 0) flags |= RESULTS;
  if (isSeen) flags |= SEEN;
  if (!isOpen) flags |= OPEN;
  putUint(w, flags);
  if (isSeen) putSigned(w, asOf - firstSeen);
  putUint(w, p.sequence);
  putUint(w, p.grade);
  putBasis(w, p.basis);
  if (!isOpen) putBasis(w, p.openBasis);
  if (rule !== null) putText(w, rule);
  if (reviewDueOn !== null) putSigned(w, reviewDueOn - today);
  if (firstRatedAt !== null) putNumber(w, asOf - firstRatedAt);
  if (hash !== null) putHash(w, hash);
  if (confirmedBy !== null) putText(w, confirmedBy);
  if ((flags & OTHER) !== 0) putText(w, p.methodology);
  if (isSimilar) putChanges(w, results, p.results);
  else if ((flags & RESULTS) !== 0) {
    putUint(w, p.results.length);
    putCodes(w, p.results);
  }
  putTasks(w, layout, p.tasks);
}

export function getPublished(
  r: Reader,
  layout: CodecLayout,
  state: CustomerState,
  today: number,
): void {
  const { published: p, asOf } = state;
  const flags = getUint(r);
  state.waited = (flags & WAITED) !== 0;
  if ((flags & SEEN) !== 0) state.firstSeen = asOf - getSigned(r);
  p.sequence = getUint(r);
  p.grade = getUint(r);
  p.status = (flags & FINAL) === 0 ? 'preliminary' : 'final';
  p.basis = getBasis(r);
  p.openBasis = (flags & OPEN) === 0 ? p.basis : getBasis(r);
  if ((flags & RULE) !== 0) p.rule = getText(r);
  if ((flags & REVIEW) !== 0) p.reviewDueOn = getSigned(r) + today;
  if ((flags & RATED) !== 0) p.firstRatedAt = asOf - getPlain(r);
  if ((flags & HASH) !== 0) p.hash = getHash(r);
  if ((flags & CONFIRMED) !== 0) p.confirmedBy = getText(r);
  if ((flags & CURRENT) !== 0) p.methodology = layout.name;
  else if ((flags & OTHER) !== 0) p.methodology = getText(r);
  if ((flags & SIMILAR) !== 0) p.results = getChanges(r, state.results);
  else if ((flags & RESULTS) !== 0) {
    const count = getUint(r);
    if (count > 2 * (r.end - r.at)) throw new Error('the bytes of a state end too early');
    p.results = getCodes(r, getByte(r), count);
  }
  getTasks(r, layout, p);
}

function putBasis(w: Writer, basis: string): void {
  putUint(w, BASES.indexOf(basis) + 1);
  if (!BASES.includes(basis)) putText(w, basis);
}

function getBasis(r: Reader): string {
  const basis = getUint(r);
  return basis === 0 ? getText(r) : known(BASES[basis - 1]);
}

const known = (text: string | undefined): string => {
  if (text === undefined) throw new Error('the bytes of a state are malformed: no such name');
  return text;
};

function putChanges(w: Writer, now: Uint8Array, then: Uint8Array): void {
  let changes = 0;
  for (let i = 0; i < now.length; i += 1) if (now[i] !== then[i]) changes += 1;
  putUint(w, changes);
  let previous = 0;
  for (let i = 0; i < now.length; i += 1) {
    if (now[i] === then[i]) continue;
    putUint(w, i - previous);
    putByte(w, then[i] ?? 0);
    previous = i;
  }
}

function getChanges(r: Reader, now: Uint8Array): Uint8Array {
  const then = now.slice();
  let at = 0;
  for (let rest = getCount(r); rest > 0; rest -= 1) {
    at += getUint(r);
    if (at >= then.length) throw new Error('the bytes of a state are malformed: no such unit');
    then[at] = getByte(r);
  }
  return then;
}

/** Eight tasks that the methodology knows a byte, others by name. */
function putTasks(w: Writer, layout: CodecLayout, open: ReadonlySet<string>): void {
  const { tasks } = layout;
  putUint(w, open.size);
  if (open.size === 0) return;
  let known = 0;
  for (let i = 0; i < tasks.length; i += 8) {
    let bits = 0;
    for (let bit = 0; bit < 8 && i + bit < tasks.length; bit += 1) {
      if (!open.has(tasks[i + bit] ?? '')) continue;
      bits |= 1 << bit;
      known += 1;
    }
    putByte(w, bits);
  }
  if (known === open.size) return;
  const others = [...open].filter((task) => !tasks.includes(task)).sort();
  for (const task of others) putText(w, task);
}

function getTasks(r: Reader, { tasks }: CodecLayout, { tasks: open }: Published): void {
  const size = getUint(r);
  if (size === 0) return;
  for (let i = 0; i < tasks.length; i += 8) {
    const bits = getByte(r);
    for (let bit = 0; bit < 8; bit += 1) {
      if ((bits & (1 << bit)) !== 0) open.add(known(tasks[i + bit]));
    }
  }
  while (open.size < size) {
    const before = open.size;
    open.add(getText(r));
    if (open.size === before) throw new Error('the bytes of a state are malformed: tasks');
  }
}
