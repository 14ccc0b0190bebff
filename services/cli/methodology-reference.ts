import { DESCRIPTIONS, METHODS, SIGNATURES } from '@tidemark/rating/expression/functions';
import { namedTypes, type RecordSchema } from '@tidemark/schemas/avro-schema';
import {
  LINK_PATTERNS,
  PARTY_FIELDS,
  PROFILE_ATTRIBUTES,
  RISK_EVENT_FIELDS,
  TRANSACTION_FIELDS,
  type FieldType,
} from '@tidemark/schemas/dictionary';
import {
  PROFILE_CHANGE_SCHEMA,
  RISK_EVENT_SCHEMA,
  TRANSACTION_SCHEMA,
} from '@tidemark/schemas/generated/schemas';
import { table, wrapped } from './text-layout';

type Fields = Readonly<Record<string, FieldType>>;

/** What a condition sees of each kind of field. */
const TYPES: Readonly<Record<FieldType['kind'], string>> = {
  string: 'string',
  enum: 'string',
  int: 'int',
  fen: 'int, fen',
  bool: 'bool',
  day: 'day',
  instant: 'instant',
  country: 'string, country',
  region: 'string, region',
  currency: 'string, currency',
  industry: 'string, industry',
  strings: 'list of strings',
  countries: 'list of countries',
  place: '.country, .region',
  money: '.amount, .currency',
  parties: 'list of parties',
};

/** Every name and function that a methodology document may use, from the schemas and the compiler. */
export function methodologyReference(): string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      'Attributes of a customer: in items, direct rules, segments, caps, marks, define',
      fieldLines(PROFILE_ATTRIBUTES, PROFILE_CHANGE_SCHEMA, 'ProfileAttributes'),
    ],
    ['Fields of a party (parties)', fieldLines(PARTY_FIELDS, PROFILE_CHANGE_SCHEMA, 'Party')],
    ['Derived names', table(DERIVED)],
    [
      'Fields of a transaction: in where of features of transactions',
      fieldLines(TRANSACTION_FIELDS, TRANSACTION_SCHEMA),
    ],
    [
      'Fields of a risk event: in where and holds of features of riskEvents',
      fieldLines(RISK_EVENT_FIELDS, RISK_EVENT_SCHEMA),
    ],
    ['Functions', functionLines()],
    ['Methods of lists', table(Object.entries(METHODS))],
    ['Operators', wrapped('== != < <= > >= && || ! + - * in ?: (integers are exact)', 2)],
    ['Link patterns, for linkHit()', wrapped(LINK_PATTERNS.join(', '), 2, 0)],
  ];
  return sections.flatMap(([title, lines], i) => [...(i === 0 ? [] : ['']), title, ...lines]);
}

const DERIVED: readonly (readonly string[])[] = [
  [
    'places',
    'list',
    'places of customer and parties: .holder (customer or role), .kind, .country, .region',
  ],
  ['today', 'day', 'the local date of the clock'],
  ['asOf', 'instant', 'the clock'],
  [
    'a feature',
    'int',
    'a feature of the document; with by or each a list of groups with .value and',
  ],
  ['', '', 'the fields of by, or .key for each'],
  ['a definition', '', 'a name under define; called like a function where it has params'],
  ['an attribute', '', 'a name under attributes: of the type that is declared'],
];

function fieldLines(fields: Fields, schema: RecordSchema, within = schema.name): string[] {
  const record = namedTypes(schema).get(within);
  const docs = new Map(
    record?.type === 'record' ? record.fields.map(({ name, doc }) => [name, doc]) : [],
  );
  const rows = Object.entries(fields).map(([name, { kind, values }]) => [
    name,
    TYPES[kind],
    [docs.get(name) ?? '', values === undefined ? '' : `One of ${values.join(', ')}.`]
      .join(' ')
      .trim(),
  ]);
  return table(rows);
}

/** The compiler knows has() under another name, because CEL keeps that one for itself. */
const INTERNAL = 'known(dyn): bool';
const BUILT_IN = ['has(dyn): bool', 'size(list<dyn>): int', 'size(string): int'];

/** CEL knows only integers; the compiler refuses the wrong unit. */
const UNITS: Readonly<Record<string, string>> = {
  fullYears: 'day',
  fullMonths: 'day',
  age24h: 'instant',
};

function functionLines(): string[] {
  const signatures = [...BUILT_IN, ...SIGNATURES.filter((signature) => signature !== INTERNAL)];
  return table(
    signatures.map((signature) => {
      const name = signature.slice(0, signature.indexOf('('));
      const argument = UNITS[name];
      const shown =
        argument === undefined ? signature : signature.replace('(int)', `(${argument})`);
      return [shown.replaceAll('dyn', 'any'), DESCRIPTIONS[name] ?? ''];
    }),
  );
}
