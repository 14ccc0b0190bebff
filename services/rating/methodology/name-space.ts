import { PROFILE_ATTRIBUTES } from '@tidemark/schemas/dictionary';
import { SIGNATURES } from '../expression/functions';
import type { MethodologyDocument } from './document';
import type { Fault } from './faults';

/** What every methodology knows without declaring it. */
const OWN_NAMES: readonly string[] = [
  ...Object.keys(PROFILE_ATTRIBUTES),
  'places',
  'today',
  'asOf',
];

/** Functions, and the words that CEL keeps for itself. */
const RESERVED: ReadonlySet<string> = new Set([
  ...SIGNATURES.map((signature) => signature.slice(0, signature.indexOf('('))),
  ...[
    'has',
    'size',
    'exists',
    'all',
    'filter',
    'map',
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
  ],
  ...['const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package'],
  ...['namespace', 'return', 'var', 'void', 'while', 'int', 'uint', 'double', 'bool', 'string'],
  ...['bytes', 'list', 'map', 'type', 'dyn', 'timestamp', 'duration'],
]);

/**
 * Attributes, features and definitions share one space of names with the dictionary and the functions.
 * @returns the document without what has a taken name, so that the rest can be compiled and checked
 */
export function claimNames(document: MethodologyDocument, faults: Fault[]): MethodologyDocument {
  const names = new Set(OWN_NAMES);
  const before = faults.length;
  const taken = (path: string, name: string): boolean => {
    if (!names.has(name) && !RESERVED.has(name)) return false;
    faults.push({
      path,
      rule: null,
      problem: `the name '${name}' is taken`,
      remedy: 'choose another: attributes, features, definitions and functions share one space',
    });
    return true;
  };
  const claim = <T>(
    section: string,
    entries: Readonly<Record<string, T>> = {},
  ): Record<string, T> => {
    const free = Object.entries(entries).filter(([name]) => !taken(`/${section}/${name}`, name));
    for (const [name] of free) names.add(name);
    return Object.fromEntries(free);
  };
  const attributes = claim('attributes', document.attributes);
  const features = claim('features', document.features);
  const defined = Object.entries(claim('define', document.define));
  // A parameter of the same name as something else would read now one, now the other.
  const define = defined.filter(
    ([name, { params = {} }]) =>
      !Object.keys(params).some((param) => taken(`/define/${name}/params/${param}`, param)),
  );
  if (faults.length === before) return document;
  return { ...document, attributes, features, define: Object.fromEntries(define) };
}
