import type { MethodologyDocument } from '../methodology/document';
import type { FrameworkDocument } from '../methodology/framework';
import { loadMethodology, type LoadResult } from '../methodology/load';
import type { Methodology } from '../methodology/methodology';

/** Compiled methodologies that are kept: the one in force, and those of states that have yet to move. */
const KEPT_MAX = 8;

/** By fingerprint, the last used at the end: a fingerprint always means the same. */
const kept = new Map<string, Methodology>();

/** A methodology that was compiled a short while ago. */
export function recall(fingerprint: string): Methodology | undefined {
  const methodology = kept.get(fingerprint);
  if (methodology === undefined) return undefined;
  kept.delete(fingerprint);
  kept.set(fingerprint, methodology);
  return methodology;
}

export function remember(methodology: Methodology): void {
  kept.delete(methodology.fingerprint);
  kept.set(methodology.fingerprint, methodology);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
}

/**
 * The document, checked and compiled.
 * @param name what to call it in an error
 * @throws Error with all faults
 */
export function compiled(
  name: string,
  fingerprint: string,
  document: MethodologyDocument,
  framework: FrameworkDocument | undefined,
): Methodology {
  const known = recall(fingerprint);
  if (known !== undefined) return known;
  const result = load(name, document, framework);
  if (!result.ok) {
    const faults = result.faults.map((fault) => `${fault.path}: ${fault.problem}; ${fault.remedy}`);
    throw new Error(`${name} cannot be loaded: ${faults.join(' | ')}`);
  }
  remember(result.methodology);
  return result.methodology;
}

function load(
  name: string,
  document: MethodologyDocument,
  framework: FrameworkDocument | undefined,
): LoadResult {
  try {
    return loadMethodology(document, framework);
  } catch (cause) {
    // Whoever publishes checks the form: here something else came.
    throw new Error(`${name} cannot be loaded: it has not the form of a methodology`, { cause });
  }
}
