import { readFileSync } from 'node:fs';
import { codeOf } from '@tidemark/engine/errors';
import { closest } from '@tidemark/rating/expression/closest';
import { parseDocument } from 'yaml';
import { ABOUT_FIELDS, environmentName, type AboutField } from './configuration-fields';

/** What was written for a field, and where. */
export interface Written {
  readonly text: string;
  /** `TIDEMARK_KAFKA_BROKERS`, or `kafka.brokers in tidemark.yaml`. */
  readonly where: string;
}

export interface Sources {
  /** What is written for a field; undefined: nothing. A fault is noted. */
  readonly of: (field: AboutField) => Written | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const FILE = 'File';
const FILE_VARIABLE = '_FILE';
/** Variables that begin like ours and are read by others. */
const OTHERS = /^TIDEMARK_(?:CONFIG$|URL$|TOKEN$|TEST_|FAULTS_)/;

/**
 * Reads the environment and a file; the environment wins.
 * @param faults gets a line for everything that is wrong, without what was written
 * @param warnings gets a line for what nobody reads
 */
export function openSources(
  environment: Environment,
  file: string | undefined,
  faults: string[],
  warnings: string[],
): Sources {
  const written = file === undefined ? new Map<string, string>() : readFields(file, faults);
  const inFile = (path: string): Written | undefined => {
    const given = written.get(path);
    return given === undefined ? undefined : { text: given, where: `${path} in ${file}` };
  };
  const inEnvironment = (name: string): Written | undefined => {
    const given = environment[name];
    // what a compose file passes on without a value is empty
    return given === undefined || given === '' ? undefined : { text: given, where: name };
  };
  warnings.push(...unknownVariables(environment));
  return {
    of: (field) => {
      const name = environmentName(field.path);
      if (!field.isFile) return inEnvironment(name) ?? inFile(field.path);
      const own = [inEnvironment(name), inEnvironment(name + FILE_VARIABLE)] as const;
      const filed = [inFile(field.path), inFile(field.path + FILE)] as const;
      return oneOf(own, faults) ?? oneOf(filed, faults);
    },
  };
}

/** The text itself, or that of the file it names. */
function oneOf(
  [direct, named]: readonly [Written | undefined, Written | undefined],
  faults: string[],
): Written | undefined {
  if (named === undefined) return direct;
  if (direct !== undefined) {
    faults.push(`${direct.where} and ${named.where}: give one of them`);
    return undefined;
  }
  try {
    return { text: readFileSync(named.text, 'utf8').trim(), where: named.where };
  } catch (error) {
    faults.push(
      `${named.where}: its file cannot be read (${codeOf(error) ?? 'unknown'}); check path and rights`,
    );
    return undefined;
  }
}

/** Every scalar of the file by its path; a sequence of scalars as one text with commas. */
function readFields(file: string, faults: string[]): Map<string, string> {
  const found = new Map<string, string>();
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    faults.push(`${file}: cannot be read (${codeOf(error) ?? 'unknown'}); check path and rights`);
    return found;
  }
  // without the pretty form, which quotes the text: a secret may stand there
  const document = parseDocument(content, { prettyErrors: false });
  for (const { code } of document.errors) {
    faults.push(`${file}: is no YAML or JSON (${code}); check its indentation and quotes`);
  }
  if (document.errors.length > 0) return found;
  const root: unknown = document.toJS();
  if (root === null) return found;
  collect(root, '', file, found, faults);
  return found;
}

function collect(
  value: unknown,
  path: string,
  file: string,
  found: Map<string, string>,
  faults: string[],
): void {
  const isKnown = PATHS.has(path);
  if (!isKnown && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, member] of Object.entries(value)) {
      collect(member, path === '' ? name : `${path}.${name}`, file, found, faults);
    }
    return;
  }
  if (!isKnown) {
    const near = closest(path, [...PATHS]);
    const hint = near === undefined ? 'see tidemark config for all fields' : `is it ${near}?`;
    faults.push(
      path === '' ? `${file}: expected fields` : `${path} in ${file}: no such field; ${hint}`,
    );
    return;
  }
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (parts.every(isScalar)) found.set(path, parts.map(String).join(','));
  else faults.push(`${path} in ${file}: expected a value, or a sequence of values`);
}

const isScalar = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const PATHS: ReadonlySet<string> = new Set(
  ABOUT_FIELDS.flatMap(({ path, isFile }) => (isFile ? [path, path + FILE] : [path])),
);

const VARIABLES: ReadonlySet<string> = new Set(
  ABOUT_FIELDS.flatMap(({ path, isFile }) => {
    const name = environmentName(path);
    return isFile ? [name, name + FILE_VARIABLE] : [name];
  }),
);

/** No faults: clusters put variables of their own into an environment (`TIDEMARK_API_SERVICE_HOST`). */
function unknownVariables(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('TIDEMARK_') && !OTHERS.test(name) && !VARIABLES.has(name))
    .map((name) => {
      const near = closest(name, [...VARIABLES]);
      return `${name}: no field has this name${near === undefined ? '' : `; is it ${near}?`}`;
    });
}
