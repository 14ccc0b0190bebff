import { PARTY_FIELDS, type FieldType } from '@tidemark/schemas/dictionary';
import { isExact, isList, isStructure, type Structure, type Value } from '../expression/node';
import {
  getByte,
  getCount,
  getNumber,
  getSigned,
  getUint,
  putByte,
  putNumber,
  putSigned,
  putUint,
  type Reader,
  type Writer,
} from './bytes';
import { byCodeUnits, getText, putText } from './text';

/** The fields of a record in the order of its schema: written as a mask of those present. */
export type Shape = readonly (readonly [name: string, type: FieldType])[];

const PLACE: Shape = [
  ['country', { kind: 'country' }],
  ['region', { kind: 'region' }],
];
const MONEY: Shape = [
  ['amount', { kind: 'int' }],
  ['currency', { kind: 'currency' }],
];
const PARTY: Shape = Object.entries(PARTY_FIELDS);

const DAY_MAX = 2 ** 50;
const isDay = (value: Value): boolean =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= DAY_MAX;

/** Can `putTyped` write it? What it cannot, `putAny` can. */
export function fits(type: FieldType, value: Value): boolean {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean';
    case 'enum':
      return typeof value === 'string' && (type.values ?? []).includes(value);
    case 'int':
    case 'fen':
      return isExact(value);
    case 'day':
    case 'instant':
      return isDay(value);
    case 'string':
    case 'country':
    case 'region':
    case 'currency':
    case 'industry':
      return typeof value === 'string';
    case 'strings':
    case 'countries':
      return isList(value) && value.every((of) => typeof of === 'string');
    case 'place':
      return hasShape(PLACE, value);
    case 'money':
      return hasShape(MONEY, value);
    case 'parties':
      return isList(value) && value.every((of) => hasShape(PARTY, of));
    default:
      return type.kind satisfies never;
  }
}

/** Is it a record of these fields alone, each of its type? */
export function hasShape(shape: Shape, value: Value): value is Structure {
  if (typeof value !== 'object' || !isStructure(value)) return false;
  let known = 0;
  for (const [name, type] of shape) {
    const of = value[name];
    if (of === undefined) continue;
    known += 1;
    if (!fits(type, of)) return false;
  }
  return known === Object.keys(value).length;
}

/** Writes a value that fits its type. */
export function putTyped(w: Writer, type: FieldType, value: Value): void {
  switch (type.kind) {
    case 'bool':
      return putByte(w, value === true ? 1 : 0);
    case 'enum':
      return putUint(w, (type.values ?? []).indexOf(value as string));
    case 'int':
    case 'fen':
      return putNumber(w, value as number | bigint);
    case 'day':
    case 'instant':
      return putSigned(w, value as number);
    case 'string':
    case 'country':
    case 'region':
    case 'currency':
    case 'industry':
      return putText(w, value as string);
    case 'strings':
    case 'countries': {
      const list = value as readonly string[];
      putUint(w, list.length);
      for (const of of list) putText(w, of);
      return;
    }
    case 'place':
      return putShape(w, PLACE, value as Structure);
    case 'money':
      return putShape(w, MONEY, value as Structure);
    case 'parties': {
      const list = value as readonly Structure[];
      putUint(w, list.length);
      for (const of of list) putShape(w, PARTY, of);
      return;
    }
    default:
      return type.kind satisfies never;
  }
}

function listOf<T>(r: Reader, get: (r: Reader) => T): T[] {
  const list: T[] = [];
  for (let rest = getCount(r); rest > 0; rest -= 1) list.push(get(r));
  return list;
}

const getParty = (r: Reader): Structure => getShape(r, PARTY);

export function getTyped(r: Reader, type: FieldType): Value {
  switch (type.kind) {
    case 'bool':
      return getByte(r) === 1;
    case 'enum': {
      const value = type.values?.[getUint(r)];
      if (value === undefined) throw new Error('the bytes of a state are malformed: no such value');
      return value;
    }
    case 'int':
    case 'fen':
      return getNumber(r);
    case 'day':
    case 'instant':
      return getSigned(r);
    case 'string':
    case 'country':
    case 'region':
    case 'currency':
    case 'industry':
      return getText(r);
    case 'strings':
    case 'countries':
      return listOf(r, getText);
    case 'place':
      return getShape(r, PLACE);
    case 'money':
      return getShape(r, MONEY);
    case 'parties':
      return listOf(r, getParty);
    default:
      return type.kind satisfies never;
  }
}

/** Writes a record of a shape: which fields it has, then their values. */
export function putShape(w: Writer, shape: Shape, record: Structure): void {
  let mask = 0;
  shape.forEach(([name], i) => {
    if (record[name] !== undefined) mask += 2 ** i;
  });
  putUint(w, mask);
  for (const [name, type] of shape) {
    const value = record[name];
    if (value !== undefined) putTyped(w, type, value);
  }
}

/** Reads the fields of a record into `record`, in the order of the schema. */
export function getShape(r: Reader, shape: Shape, record: Record<string, Value> = {}): Structure {
  let mask = getUint(r);
  for (const [name, type] of shape) {
    if (mask % 2 === 1) record[name] = getTyped(r, type);
    mask = Math.floor(mask / 2);
  }
  return record;
}

const TAG = { absent: 0, no: 1, yes: 2, number: 3, text: 4, list: 5, record: 6 };

/** Any value, with its kind before it. */
export function putAny(w: Writer, value: Value): void {
  if (value === undefined) putByte(w, TAG.absent);
  else if (typeof value === 'boolean') putByte(w, value ? TAG.yes : TAG.no);
  else if (isExact(value)) {
    putByte(w, TAG.number);
    putNumber(w, value);
  } else if (typeof value === 'string') {
    putByte(w, TAG.text);
    putText(w, value);
  } else if (isList(value)) {
    putByte(w, TAG.list);
    putUint(w, value.length);
    for (const of of value) putAny(w, of);
  } else if (isStructure(value)) {
    putByte(w, TAG.record);
    const names = Object.keys(value).sort(byCodeUnits);
    putUint(w, names.length);
    for (const name of names) {
      putText(w, name);
      putAny(w, value[name]);
    }
  }
}

export function getAny(r: Reader): Value {
  switch (getByte(r)) {
    case TAG.absent:
      return undefined;
    case TAG.no:
      return false;
    case TAG.yes:
      return true;
    case TAG.number:
      return getNumber(r);
    case TAG.text:
      return getText(r);
    case TAG.list:
      return listOf(r, getAny);
    case TAG.record: {
      const members: [string, Value][] = [];
      for (let rest = getCount(r); rest > 0; rest -= 1) members.push([getText(r), getAny(r)]);
      return Object.fromEntries(members);
    }
    default:
      throw new Error('the bytes of a state are malformed: no such value');
  }
}
