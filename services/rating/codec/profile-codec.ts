import type { CustomerState, LinkRegister, Register } from '../state';
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
import { byCodeUnits, getText, putText } from './text';
import { fits, getAny, getTyped, putAny, putTyped } from './value-codec';

/** What follows the head of a register. */
const CLEARED = 0;
const TYPED = 1;
const ANY = 2;
/** An attribute that the dictionary lacks: its name comes first. */
const NAMED = 3;
const FORM_BITS = 4;
const ESTIMATED = 4;
const HEAD = 8;

interface Named {
  readonly name: string;
  readonly index: number;
  readonly register: Register;
}

/**
 * Registers that one record wrote stand together, so that its time and id are written once.
 * @param base the instant from which times are counted back
 */
export function putProfile(
  w: Writer,
  layout: CodecLayout,
  state: CustomerState,
  base: number,
): void {
  const unknown = layout.attributes.length;
  const all: Named[] = [];
  for (const [name, register] of state.profile) {
    all.push({ name, index: layout.attributeIndex.get(name) ?? unknown, register });
  }
  all.sort(
    (a, b) =>
      a.register.at - b.register.at ||
      byCodeUnits(a.register.by, b.register.by) ||
      a.index - b.index ||
      byCodeUnits(a.name, b.name),
  );
  putUint(w, all.length);
  for (let from = 0; from < all.length;) {
    const first = all[from];
    if (first === undefined) break;
    const { at, by } = first.register;
    let to = from + 1;
    while (to < all.length && all[to]?.register.at === at && all[to]?.register.by === by) to += 1;
    putSigned(w, base - at);
    putText(w, by);
    putUint(w, to - from);
    let previous = 0;
    for (; from < to; from += 1) {
      const named = all[from];
      if (named === undefined) break;
      putRegister(w, layout, named, named.index - previous);
      previous = named.index;
    }
  }
}

function putRegister(w: Writer, layout: CodecLayout, named: Named, step: number): void {
  const { name, index, register } = named;
  const { value, estimated } = register;
  const type = layout.attributes[index]?.[1];
  const form =
    type === undefined ? NAMED : value === undefined ? CLEARED : fits(type, value) ? TYPED : ANY;
  putUint(w, step * HEAD + (estimated ? ESTIMATED : 0) + form);
  if (form === NAMED) putText(w, name);
  if (form === TYPED && type !== undefined) putTyped(w, type, value);
  else if (form !== CLEARED) putAny(w, value);
}

export function getProfile(
  r: Reader,
  layout: CodecLayout,
  state: CustomerState,
  base: number,
): void {
  let rest = getCount(r);
  while (rest > 0) {
    const at = base - getSigned(r);
    const by = getText(r);
    let count = getCount(r);
    if (count === 0 || count > rest)
      throw new Error('the bytes of a state are malformed: registers');
    rest -= count;
    let index = 0;
    for (; count > 0; count -= 1) {
      const head = getUint(r);
      index += Math.floor(head / HEAD);
      const estimated = (head & ESTIMATED) !== 0;
      const form = head % FORM_BITS;
      const known = layout.attributes[index];
      const name = form === NAMED ? getText(r) : known?.[0];
      if (name === undefined) throw new Error('the bytes of a state are malformed: no attribute');
      const value =
        form === CLEARED
          ? undefined
          : form === TYPED && known !== undefined
            ? getTyped(r, known[1])
            : getAny(r);
      state.profile.set(name, { value, at, by, estimated });
    }
  }
}

const HIT = 1;
const COUNTED = 2;

export function putLinks(w: Writer, state: CustomerState): void {
  putUint(w, state.links.size);
  if (state.links.size === 0) return;
  const patterns = [...state.links.keys()].sort(byCodeUnits);
  for (const pattern of patterns) {
    const link = state.links.get(pattern);
    if (link === undefined) continue;
    putText(w, pattern);
    putByte(w, (link.hit ? HIT : 0) + (link.count === undefined ? 0 : COUNTED));
    if (link.count !== undefined) putNumber(w, link.count);
    putSigned(w, state.asOf - link.at);
    putText(w, link.by);
  }
}

export function getLinks(r: Reader, state: CustomerState): void {
  for (let rest = getCount(r); rest > 0; rest -= 1) {
    const pattern = getText(r);
    const flags = getByte(r);
    const link: LinkRegister = {
      hit: (flags & HIT) !== 0,
      count: (flags & COUNTED) === 0 ? undefined : getPlain(r),
      at: state.asOf - getSigned(r),
      by: getText(r),
    };
    state.links.set(pattern, link);
  }
}
