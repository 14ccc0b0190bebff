import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idsOfText, readRules } from './rules';

/** The guideline's text is not part of the tree; where it lies beside it, the ids are compared. */
const GUIDELINE = join(__dirname, '../../../shared/reference/guideline.md');
const withText = existsSync(GUIDELINE) ? it : it.skip;

describe('the list of rules', () => {
  const rules = readRules();

  withText('has exactly the ids of the guideline, in its order', () => {
    expect(rules.map(({ id }) => id)).toEqual(idsOfText(readFileSync(GUIDELINE, 'utf8')));
  });

  it('says of every rule who decides and how binding it is', () => {
    for (const { by, modality, term } of rules) {
      expect(['M', 'MP', 'P', 'G']).toContain(by);
      expect(['MUST', 'SHOULD', 'MAY', 'INFO', 'none']).toContain(modality);
      expect(term).not.toBe('');
    }
  });

  it('gives persons only what the text gives to persons or to governance', () => {
    const duties = rules.filter(({ duty }) => duty !== undefined);
    expect(duties.filter(({ by }) => by !== 'P' && by !== 'G')).toEqual([]);
  });
});
