import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import * as avro from '@tidemark/schemas/avro';
import * as isoTime from '@tidemark/schemas/iso-time';
import * as errors from '@tidemark/engine/errors';
import type { runPartition } from '@tidemark/engine/runner';

/** A change of one source file of the engine: `find` must occur there exactly once. */
export interface Patch {
  /** Name of the file in services/engine. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const ENGINE = join(__dirname, '..', '..', '..', 'services', 'engine');

/** What broken and whole engines share: error types are compared by identity. */
const SHARED: Readonly<Record<string, unknown>> = {
  './errors': errors,
  '@tidemark/schemas/avro': avro,
  '@tidemark/schemas/iso-time': isoTime,
};

/**
 * The engine with some lines changed, compiled in memory; the files stay as they are.
 * @throws when a patch does not fit: the engine has moved on, and the patch has to follow
 */
export function brokenRunner(patches: readonly Patch[]): typeof runPartition {
  const left = new Set(patches);
  const modules = new Map<string, Record<string, unknown>>();
  const native = createRequire(join(ENGINE, 'runner.ts'));

  function load(name: string): unknown {
    if (Object.hasOwn(SHARED, name)) return SHARED[name];
    if (name.startsWith('node:')) return native(name) as unknown;
    if (!name.startsWith('./')) throw new Error(`the engine imports ${name}, which is not shared`);
    const known = modules.get(name);
    if (known !== undefined) return known;
    const exports: Record<string, unknown> = {};
    modules.set(name, exports);
    const file = `${name.slice(2)}.ts`;
    let source = readFileSync(join(ENGINE, file), 'utf8');
    for (const patch of patches) {
      if (patch.file !== file) continue;
      source = apply(source, patch);
      left.delete(patch);
    }
    const { code } = transformSync(source, {
      filename: file,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const run = new Function('exports', 'require', code) as (
      exports: object,
      require: (name: string) => unknown,
    ) => void;
    run(exports, load);
    return exports;
  }

  const { runPartition: broken } = load('./runner') as { runPartition: typeof runPartition };
  for (const { file } of left)
    throw new Error(`the engine does not load ${file}, which is patched`);
  return broken;
}

function apply(source: string, { file, find, put }: Patch): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`a patch fits ${parts.length - 1} places of ${file}, not one: ${find}`);
  }
  return parts.join(put);
}
