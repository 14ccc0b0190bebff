import type { RecordSchema } from './avro-schema';
import type { Check, Fault } from './faults';
import {
  METHODOLOGY_VERSION_SCHEMA,
  ORDER_SCHEMA,
  REFERENCE_LIST_PART_SCHEMA,
} from './generated/schemas';
import type { MethodologyVersion, Order, ReferenceListPart } from './generated/types';
import { parseWith } from './validate-record';
import { isObject } from './validate';

export type GlobalParse<T> =
  | { readonly ok: true; readonly record: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Records of the global topics in their JSON form; the texts inside are not read here. */
function parser<T>(schema: RecordSchema): (value: unknown) => GlobalParse<T> {
  const parse = parseWith<T>(schema);
  return (value) => {
    const check: Check = { faults: [], countries: undefined };
    if (!isObject(value)) {
      const fault: Fault = { code: 'not-an-object', field: '', reason: 'expected a JSON object' };
      return { ok: false, faults: [fault] };
    }
    const record = parse(value, check);
    return check.faults.length === 0 ? { ok: true, record } : { ok: false, faults: check.faults };
  };
}

export const parseMethodologyVersion = parser<MethodologyVersion>(METHODOLOGY_VERSION_SCHEMA);
export const parseReferenceListPart = parser<ReferenceListPart>(REFERENCE_LIST_PART_SCHEMA);
export const parseOrder = parser<Order>(ORDER_SCHEMA);
