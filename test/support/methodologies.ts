import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { MethodologyDocument } from '@tidemark/rating/methodology/document';
import type { FrameworkDocument } from '@tidemark/rating/methodology/framework';
import { loadMethodology } from '@tidemark/rating/methodology/load';
import type { Methodology } from '@tidemark/rating/methodology/methodology';

const FOLDER = join(__dirname, '../../services/rating/methodologies');

/** The text of a shipped document, parsed anew: tests may change it. */
export function shippedDocument(name: string): MethodologyDocument {
  const document: MethodologyDocument = parse(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));
  return document;
}

export function shippedFramework(name: string): FrameworkDocument {
  const text = readFileSync(join(FOLDER, `${name}.framework.yaml`), 'utf8');
  const framework: FrameworkDocument = parse(text);
  return framework;
}

/** Compiles a document, with its framework when it names one. @throws Error with all faults */
export function compiled(document: MethodologyDocument): Methodology {
  const framework =
    document.framework === undefined ? undefined : shippedFramework(document.framework);
  const result = loadMethodology(document, framework);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 1));
  return result.methodology;
}

export const shippedMethodology = (name: string): Methodology => compiled(shippedDocument(name));
