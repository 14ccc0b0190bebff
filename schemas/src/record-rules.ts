import type { KindFields, RecordSchema } from './avro-schema';
import { refuse, shownName } from './faults';
import { isObject, type Members, type RecordRule } from './validate';

/** No attribute may be set and cleared by one record, and extra.NAME is an attribute of its own. */
const setOrCleared: RecordRule = (input, check) => {
  const { set, clear } = input;
  if (!isObject(set) || !Array.isArray(clear)) return;
  const names: readonly unknown[] = clear;
  const extra = isObject(set['extra']) ? set['extra'] : {};
  names.forEach((name, index) => {
    if (typeof name !== 'string' || name === 'extra') return;
    const isSet = name.startsWith('extra.')
      ? Object.hasOwn(extra, name.slice('extra.'.length))
      : Object.hasOwn(set, name);
    if (isSet) {
      const reason = `${shownName(name)} stands in set, too: expected it in one of them`;
      refuse(check, 'set-and-cleared', reason, `clear[${index}]`);
    }
  });
};

const isStated = (input: Members, name: string): boolean =>
  input[name] !== undefined && input[name] !== null;

/** A kind takes its own optional fields and no others; null counts as absent. */
function fieldsOfKind(kinds: Readonly<Record<string, KindFields>>): RecordRule {
  const all = Object.values(kinds).flatMap((k) => [...(k.required ?? []), ...(k.optional ?? [])]);
  const ruled = [...new Set(all)];
  const byKind = new Map(
    Object.entries(kinds).map(([kind, { required = [], optional = [] }]) => {
      const own = new Set([...required, ...optional]);
      return [kind, { required, foreign: ruled.filter((name) => !own.has(name)) }] as const;
    }),
  );
  return (input, check) => {
    const { kind } = input;
    const fields = typeof kind === 'string' ? byKind.get(kind) : undefined;
    if (fields === undefined) return;
    for (const name of fields.foreign) {
      if (isStated(input, name)) {
        refuse(
          check,
          'not-of-this-kind',
          `does not belong to a record of kind ${String(kind)}`,
          name,
        );
      }
    }
    for (const name of fields.required) {
      if (!isStated(input, name)) {
        refuse(check, 'missing-field', `is required in a record of kind ${String(kind)}`, name);
      }
    }
  };
}

/** The rules of a record that no single field can show. */
export function rulesOf(schema: RecordSchema): readonly RecordRule[] {
  const { clears, kinds } = schema.tidemark ?? {};
  return [
    ...(clears === true ? [setOrCleared] : []),
    ...(kinds === undefined ? [] : [fieldsOfKind(kinds)]),
  ];
}
