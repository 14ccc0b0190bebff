import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** One rule of the restated guideline, as rules.yaml has it. */
export interface Rule {
  readonly id: string;
  /** The Chinese term of the text. */
  readonly term: string;
  readonly modality: 'MUST' | 'SHOULD' | 'MAY' | 'INFO' | 'none';
  readonly by: 'M' | 'MP' | 'P' | 'G';
  readonly byNote?: string;
  /** Pointers into the default methodology; `*` stands for any one key. */
  readonly at?: readonly string[];
  readonly open?: string;
  readonly duty?: string;
}

/** All rules in the order of the guideline. */
export function readRules(): Rule[] {
  const rules: Rule[] = parse(readFileSync(join(__dirname, 'rules.yaml'), 'utf8'));
  return rules;
}

const HEADING = /^\s*- \*\*([A-Z][\w.-]*)\*\* /gm;
const FIRST_SECTION = '## 1 ';
const AFTER_RULES = '## 10 ';

/** The rule ids that the guideline's text defines, in its order. */
export function idsOfText(text: string): string[] {
  const rules = text.slice(text.indexOf(FIRST_SECTION), text.indexOf(AFTER_RULES));
  return [...rules.matchAll(HEADING)].flatMap(([, id]) => (id === undefined ? [] : [id]));
}

const ID = '(?:P|E|I|W|X|T|S|M|O)-(?:[A-Z]{0,2}\\d+[a-z]?(?:\\.\\d+)?|P)';
const CITATION = new RegExp(`\\b(${ID})(?: to (${ID}))?(?![\\w.-]*\\d)`, 'g');

/**
 * The rules that a test's name cites. `X-L1 to X-L6` stands for all from the one to the other in the
 * order of the text.
 */
export function citedRules(name: string, order: readonly string[]): string[] {
  const cited = new Set<string>();
  for (const [, first = '', last = first] of name.matchAll(CITATION)) {
    const from = order.indexOf(first);
    const to = order.indexOf(last);
    if (from < 0 || to < from) continue;
    for (const id of order.slice(from, to + 1)) cited.add(id);
  }
  return [...cited];
}
