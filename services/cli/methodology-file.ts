import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { Fault } from '@tidemark/rating/methodology/faults';
import type { FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { loadMethodology } from '@tidemark/rating/methodology/load';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import { parse } from 'yaml';
import { UsageFault } from './exit';
import { formFaults } from './form-faults';
import { readYaml, type Position } from './yaml-document';

export interface MethodologySource {
  readonly document: MethodologyDocument;
  /** The demands that the document names. */
  readonly framework?: FrameworkDocument;
  readonly file: string;
  /** Where the thing of a JSON pointer stands in the file. */
  readonly positionOf: (path: string) => Position;
}

/** A fault and where it stands in the file. */
export type PlacedFault = Fault & Position;

export type ReadResult =
  | { readonly ok: true; readonly source: MethodologySource }
  | { readonly ok: false; readonly file: string; readonly faults: readonly PlacedFault[] };

const SHIPPED = join(dirname(require.resolve('@tidemark/rating/package.json')), 'methodologies');
const FRAMEWORK_SUFFIX = '.framework.yaml';
const SUFFIX = '.yaml';

/** Names of the documents that come with the product. */
export function shippedMethodologies(): string[] {
  return shippedFiles()
    .filter((file) => !file.endsWith(FRAMEWORK_SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
}

const shippedFrameworks = (): string[] =>
  shippedFiles()
    .filter((file) => file.endsWith(FRAMEWORK_SUFFIX))
    .map((file) => file.slice(0, -FRAMEWORK_SUFFIX.length));

const shippedFiles = (): string[] =>
  readdirSync(SHIPPED)
    .filter((file) => file.endsWith(SUFFIX))
    .sort();

/**
 * Reads a methodology document and checks its form; what it says is checked by loadMethodology.
 * @param nameOrFile a shipped document by its name (no slash, no dot), or a YAML or JSON file
 * @throws UsageFault when there is no such document or file
 */
export function inspectMethodology(nameOrFile: string): ReadResult {
  const file = fileOf(nameOrFile);
  const { value, faults, positionOf } = readYaml(textOf(file));
  const refuse = (found: readonly Fault[]): ReadResult => ({
    ok: false,
    file,
    faults: placed(found, positionOf),
  });
  if (faults.length > 0) {
    return { ok: false, file, faults: faults.map((at) => ({ path: '', rule: null, ...at })) };
  }
  const validate = form();
  if (!validate(value)) return refuse(formFaults(validate.errors ?? []));
  if (value.framework === undefined)
    return { ok: true, source: { document: value, file, positionOf } };
  const framework = frameworkNamed(value.framework);
  if (framework !== undefined) {
    return { ok: true, source: { document: value, framework, file, positionOf } };
  }
  return refuse([
    {
      path: '/framework',
      rule: null,
      problem: `no framework '${value.framework}'`,
      remedy: `use ${shippedFrameworks().join(', ')}, or leave it out`,
    },
  ]);
}

/** @throws UsageFault with all faults of form, each with its place and remedy */
export function readMethodology(nameOrFile: string): MethodologySource {
  const result = inspectMethodology(nameOrFile);
  if (!result.ok) throw refusal(result.file, result.faults);
  return result.source;
}

/** The methodology, compiled. @throws UsageFault with all faults, each with its place and remedy */
export const openMethodology = (nameOrFile: string): Methodology =>
  compiledOf(readMethodology(nameOrFile));

/** @throws UsageFault with all faults, each with its place and remedy */
export function compiledOf(source: MethodologySource): Methodology {
  const { document, framework, file, positionOf } = source;
  const result = loadMethodology(document, framework);
  if (!result.ok) throw refusal(file, placed(result.faults, positionOf));
  return result.methodology;
}

/** Faults with their places, in the order of the file. */
export function placed(
  faults: readonly Fault[],
  positionOf: MethodologySource['positionOf'],
): PlacedFault[] {
  return faults
    .map((fault) => ({ ...fault, ...positionOf(fault.path) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** One line: `file:line:column  /path  [RULE]  problem; remedy`. */
export function faultLine(file: string, fault: PlacedFault): string {
  const rule = fault.rule === null ? [] : [`[${fault.rule}]`];
  const path = fault.path === '' ? [] : [fault.path];
  const what = `${fault.problem}; ${fault.remedy}`;
  return [`${file}:${fault.line}:${fault.column}`, ...path, ...rule, what].join('  ');
}

const refusal = (file: string, faults: readonly PlacedFault[]): UsageFault =>
  new UsageFault(faults.map((fault) => faultLine(file, fault)).join('\n'));

function fileOf(nameOrFile: string): string {
  if (/[./\\]/.test(nameOrFile)) return nameOrFile;
  const shipped = shippedMethodologies();
  if (shipped.includes(nameOrFile)) return join(SHIPPED, `${nameOrFile}${SUFFIX}`);
  throw new UsageFault(
    `no methodology '${nameOrFile}'; use one of ${shipped.join(', ')}, or a file, e.g. ./${nameOrFile}${SUFFIX}`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageFault(`cannot read the methodology (${reason}); check the path`);
  }
}

/** A shipped framework is trusted: a test checks it. */
function frameworkNamed(name: string): FrameworkDocument | undefined {
  if (!shippedFrameworks().includes(name)) return undefined;
  const framework: FrameworkDocument = parse(
    readFileSync(join(SHIPPED, `${name}${FRAMEWORK_SUFFIX}`), 'utf8'),
  );
  return framework;
}

let compiledForm: ValidateFunction<MethodologyDocument> | undefined;

/** The JSON Schema, compiled when it is first needed: that takes longer than to use it. */
function form(): ValidateFunction<MethodologyDocument> {
  if (compiledForm !== undefined) return compiledForm;
  const file = require.resolve('@tidemark/schemas/methodology.schema.json');
  // code that is used once or twice is not worth the time that its optimization takes
  const code = { optimize: false };
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, messages: true, code });
  compiledForm = ajv.compile<MethodologyDocument>(JSON.parse(readFileSync(file, 'utf8')));
  return compiledForm;
}
