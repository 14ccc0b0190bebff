import type { InputRecord, RiskEvent } from '@tidemark/schemas/records';
import { canonicalJson, type Json } from '../canonical';
import type { Structure, Value } from '../expression/node';
import type { CustomerState } from '../state';
import {
  getCount,
  getSigned,
  getUint,
  putSigned,
  putUint,
  type Reader,
  type Writer,
} from './bytes';
import type { CodecLayout } from './layout';
import { getText, putText } from './text';
import { fits, getAny, getShape, putAny, putShape, type Shape } from './value-codec';

/** Written as any value: a kind or a field that the dictionary lacks, or another customer's. */
const ODD = 1;
const SOURCE = 2;
const HEAD = 4;

/** type, id, institution, customer, occurredAt, kind. */
const OWN_FIELDS = 6;

export function putEvents(w: Writer, layout: CodecLayout, state: CustomerState): void {
  putUint(w, state.events.length);
  for (const event of state.events) {
    const index = layout.eventKindIndex.get(event.kind);
    const kind = index === undefined ? undefined : layout.eventKinds[index];
    // Records are plain data: any field may be read by name.
    const fields = event as unknown as Structure;
    if (index === undefined || kind === undefined || !isRegular(kind.fields, fields, state)) {
      putUint(w, ODD);
      putAny(w, fields);
      continue;
    }
    const { source, id, occurredAt } = event;
    putUint(w, index * HEAD + (source === undefined ? 0 : SOURCE));
    putText(w, id);
    putSigned(w, state.asOf - occurredAt);
    if (source !== undefined) putText(w, source);
    putShape(w, kind.fields, fields);
  }
}

function isRegular(shape: Shape, event: Structure, state: CustomerState): boolean {
  const { institution, customer, source } = event;
  if (institution !== state.institution || customer !== state.customer) return false;
  let known = OWN_FIELDS + (source === undefined ? 0 : 1);
  for (const [name, type] of shape) {
    const value = event[name];
    if (value === undefined) continue;
    if (!fits(type, value)) return false;
    known += 1;
  }
  return known === Object.keys(event).length;
}

export function getEvents(r: Reader, layout: CodecLayout, state: CustomerState): void {
  for (let rest = getCount(r); rest > 0; rest -= 1) {
    const head = getUint(r);
    if ((head & ODD) !== 0) {
      state.events.push(getAny(r) as unknown as RiskEvent);
      continue;
    }
    const kind = layout.eventKinds[Math.floor(head / HEAD)];
    if (kind === undefined) throw new Error('the bytes of a state are malformed: no such event');
    const event: Record<string, Value> = {
      type: 'risk-event',
      id: getText(r),
      institution: state.institution,
      customer: state.customer,
      occurredAt: state.asOf - getSigned(r),
    };
    if ((head & SOURCE) !== 0) event['source'] = getText(r);
    event['kind'] = kind.kind;
    state.events.push(getShape(r, kind.fields, event) as unknown as RiskEvent);
  }
}

/**
 * Records of the near future are few and soon gone: written as any values. One that came twice is
 * written once: it would be a duplicate when its time comes.
 */
export function putPending(w: Writer, state: CustomerState): void {
  const distinct = state.pending.filter(
    (record, i) => i === 0 || !isSame(record, state.pending[i - 1]),
  );
  putUint(w, distinct.length);
  for (const record of distinct) putAny(w, record as unknown as Structure);
}

const isSame = (a: InputRecord, b: InputRecord | undefined): boolean =>
  a.id === b?.id && canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

export function getPending(r: Reader, state: CustomerState): void {
  for (let rest = getCount(r); rest > 0; rest -= 1) {
    state.pending.push(getAny(r) as unknown as InputRecord);
  }
}
