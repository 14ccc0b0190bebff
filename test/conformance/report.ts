/** The conformance table as text. */
import type { MutantRun, Row, State } from './table';

const STATES: Readonly<Record<State, string>> = {
  covered: 'covered',
  open: 'open',
  person: "person's duty",
};
const NAMES_SHOWN = 2;
const NAME_WIDTH = 90;
const TERM_WIDTH = 22;

/** How many columns a text takes: a Chinese character takes two. */
const widthOf = (text: string): number =>
  [...text].reduce((width, char) => width + ((char.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1), 0);

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(1, width - widthOf(text)));

function shortened(text: string, width: number): string {
  let short = '';
  for (const char of text) {
    if (widthOf(short + char) > width) return `${short.slice(0, -1)}…`;
    short += char;
  }
  return short;
}

/** A line for each rule, and below it the first tests that cite it or why it is not covered. */
export function tableText(rows: readonly Row[]): string {
  const lines = [
    `${'rule'.padEnd(8)}${'by'.padEnd(4)}${'state'.padEnd(15)}${'tests'.padStart(6)}${'mutants'.padStart(10)}  term`,
  ];
  for (const { rule, state, why, tests, killed, mutants } of rows) {
    const figures = mutants === 0 ? '-' : `${killed}/${mutants}`;
    const term = shortened(rule.term, TERM_WIDTH);
    lines.push(
      rule.id.padEnd(8) +
        rule.by.padEnd(4) +
        padded(STATES[state], 15) +
        String(tests.length).padStart(6) +
        figures.padStart(10) +
        `  ${term}${rule.modality === 'none' ? '' : `  ${rule.modality}`}`,
    );
    if (why !== '') lines.push(`        ${STATES[state]}: ${why}`);
    for (const { name } of tests.slice(0, NAMES_SHOWN)) {
      lines.push(`          ${shortened(name, NAME_WIDTH)}`);
    }
    if (tests.length > NAMES_SHOWN) lines.push(`          and ${tests.length - NAMES_SHOWN} more`);
  }
  return lines.join('\n');
}

/** Mutants that nobody noticed, and those that nobody could. */
export function mutantsText(mutants: readonly MutantRun[]): string {
  const survived = mutants.filter((m) => m.killedBy === null && m.equivalent === null);
  const equivalent = mutants.filter((m) => m.equivalent !== null);
  const killers = new Map<string, number>();
  for (const { killedBy } of mutants) {
    if (killedBy !== null) killers.set(killedBy, (killers.get(killedBy) ?? 0) + 1);
  }
  const by = [...killers].map(([killer, count]) => `${count} by ${killer}`).join(', ');
  return [
    `killed: ${by}`,
    `survived: ${survived.length}`,
    ...survived.map(({ what, rules }) => `  ${what} (${rules.join(', ')})`),
    `equivalent: ${equivalent.length}`,
    ...equivalent.map(({ what, equivalent: why }) => `  ${what}: ${why ?? ''}`),
  ].join('\n');
}
