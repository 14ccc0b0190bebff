import type { ErrorObject } from 'ajv';
import type { Fault } from '@tidemark/rating/methodology/faults';

/**
 * Turns the errors of a JSON Schema validation (`allErrors`, `verbose`) into faults a person can act
 * on. A choice (`oneOf`) names every branch that does not fit: only what is wrong in the branch
 * that was meant is kept, or one fault with the choices.
 */
export function formFaults(errors: readonly ErrorObject[]): Fault[] {
  const choices = errors.filter(({ keyword }) => keyword === 'oneOf');
  const dropped = new Set<ErrorObject>();
  for (const choice of choices) {
    const branches: readonly unknown[] = Array.isArray(choice.schema) ? choice.schema : [];
    const rejecting = branches.map((_, i) =>
      errors.filter(
        ({ instancePath, schemaPath }) =>
          instancePath === choice.instancePath &&
          schemaPath.startsWith(`${choice.schemaPath}/${i}/`),
      ),
    );
    for (const error of rejecting.flat()) dropped.add(error);
    if (rejecting.filter((found) => found.length === 0).length === 1) dropped.add(choice);
  }
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    // The error of the key itself: propertyNames reports it.
    if (dropped.has(error) || error.propertyName !== undefined) continue;
    const fault = faultOf(error);
    faults.set(`${fault.path} ${fault.problem}`, fault);
  }
  return [...faults.values()];
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** A field of data whose shape is not known. */
function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null
    ? Object.entries(of).find(([key]) => key === name)?.[1]
    : undefined;
}

const namesIn = (of: unknown): string[] =>
  typeof of === 'object' && of !== null ? Object.keys(of) : [];

function faultOf(error: ErrorObject): Fault {
  const { instancePath: path, keyword, schema } = error;
  const parent: unknown = error.parentSchema;
  const param = (name: string): string => String(field(error.params, name));
  const fault = (problem: string, remedy: string, at = path): Fault => ({
    path: at,
    rule: null,
    problem,
    remedy,
  });
  const described = field(parent, 'description');
  const meaning = typeof described === 'string' ? described.replace(/\.$/, '') : 'correct it';
  switch (keyword) {
    case 'additionalProperties': {
      const name = param('additionalProperty');
      const known = namesIn(field(parent, 'properties'));
      return fault(
        `unknown field '${name}'`,
        `use one of ${known.join(', ')}`,
        `${path}/${escaped(name)}`,
      );
    }
    case 'propertyNames': {
      const name = param('propertyName');
      return fault(
        `'${name}' cannot be a name here`,
        `match ${String(field(schema, 'pattern'))}`,
        `${path}/${escaped(name)}`,
      );
    }
    case 'required':
      return fault(`'${param('missingProperty')}' is missing`, 'add it');
    case 'type':
      return fault(`it is not of type ${String(schema)}`, meaning);
    case 'enum':
      return fault('no such value', `use one of ${Array.isArray(schema) ? schema.join(', ') : ''}`);
    case 'const':
      return fault('no such value', `use ${String(schema)}`);
    case 'pattern':
      return fault(`it does not match ${String(schema)}`, meaning);
    case 'oneOf':
      return fault('it has none of the forms on offer, or several', choicesOf(schema));
    case 'not':
      return fault('these fields exclude each other', exclusive(schema));
    case 'dependentRequired':
      return fault(
        `'${param('missingProperty')}' is missing`,
        `add it: '${param('property')}' needs it`,
      );
    default:
      return fault(error.message ?? keyword, meaning);
  }
}

const exclusive = (schema: unknown): string => {
  const both = field(schema, 'required');
  return Array.isArray(both) ? `keep one of ${both.join(', ')}` : 'keep one';
};

function choicesOf(schema: unknown): string {
  const branches: readonly unknown[] = Array.isArray(schema) ? schema : [];
  const names = branches.map((branch) => {
    const required = field(branch, 'required');
    if (Array.isArray(required)) return required.join(' with ');
    const described = field(branch, 'description');
    const type = String(field(branch, 'type'));
    return typeof described === 'string' ? `${type} (${described.replace(/\.$/, '')})` : type;
  });
  return `give exactly one of: ${names.join(', ')}`;
}
