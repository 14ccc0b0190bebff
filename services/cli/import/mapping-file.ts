import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fault } from '@tidemark/rating/methodology/faults';
import { Ajv2020 } from 'ajv/dist/2020';
import { UsageFault } from '../exit';
import { formFaults } from '../form-faults';
import { faultLine, placed } from '../methodology-file';
import { readYaml } from '../yaml-document';
import { compileMapping, type CompiledMapping } from './compile';
import { MAPPING_SCHEMA, type MappingDocument } from './mapping';

const SUFFIX = '.yaml';
const SHIPPED = join(dirname(require.resolve('@tidemark/cli/package.json')), 'mappings');

/** Names of the mappings that come with the product. */
export function shippedMappings(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * Reads and compiles a mapping document.
 * @param nameOrFile a shipped one by its name (no slash, no dot), or a YAML or JSON file
 * @throws UsageFault with all faults, each with its place and what to do
 */
export function openMapping(nameOrFile: string): CompiledMapping {
  const file = fileOf(nameOrFile);
  return readMapping(textOf(file), file);
}

/** As openMapping, from a text; `file` is for messages. */
export function readMapping(text: string, file: string): CompiledMapping {
  const { value, faults, positionOf } = readYaml(text);
  const refusal = (found: readonly Fault[]): UsageFault =>
    new UsageFault(
      placed(found, positionOf)
        .map((fault) => faultLine(file, fault))
        .join('\n'),
    );
  if (faults.length > 0) {
    const lines = faults.map((at) => faultLine(file, { path: '', rule: null, ...at }));
    throw new UsageFault(lines.join('\n'));
  }
  const validate = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
  }).compile<MappingDocument>(MAPPING_SCHEMA);
  if (!validate(value)) throw refusal(formFaults(validate.errors ?? []));
  const compiled = compileMapping(value);
  if (!compiled.ok) throw refusal(compiled.faults);
  return compiled.mapping;
}

function fileOf(nameOrFile: string): string {
  if (/[./\\]/.test(nameOrFile)) return nameOrFile;
  const shipped = shippedMappings();
  if (shipped.includes(nameOrFile)) return join(SHIPPED, `${nameOrFile}${SUFFIX}`);
  throw new UsageFault(
    `no mapping '${nameOrFile}'; use one of ${shipped.join(', ')}, or a file, e.g. ./${nameOrFile}${SUFFIX}`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageFault(`cannot read the mapping (${reason}); check the path`);
  }
}
