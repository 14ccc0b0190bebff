/** One figure, and what it ought to be. */
export interface Finding {
  readonly measure: string;
  readonly value: number;
  readonly unit: Unit;
  readonly note?: string;
  readonly target?: Target;
}

/** `x`: a ratio. */
export type Unit = '/s' | 'us' | 'ms' | 's' | 'MB' | 'bytes' | 'x' | '%' | '';
export type Target = { readonly atLeast: number } | { readonly atMost: number };

export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
  /** What is measured how, in a sentence or two. */
  readonly about?: string;
  /** Lines below the figures, e.g. a profile. */
  readonly lines?: readonly string[];
  /** Why there are no figures. */
  readonly skipped?: string;
}

export interface Header {
  readonly date: string;
  readonly command: string;
  readonly scale: string;
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly loadAverage: string;
  /** Nanoseconds of a turn of a plain integer loop, at start and end: how fast the machine was. */
  readonly loopNs: readonly [number, number];
  readonly minutes: number;
}

/** The report as Markdown whose tables are aligned, so that it reads in a terminal too. */
export function render(header: Header, sections: readonly Section[]): string {
  const judged = sections.flatMap(({ title, findings }) =>
    findings.flatMap((finding) => {
      const { measure, value, unit, target } = finding;
      if (target === undefined) return [];
      return [[title, measure, wanted(target, unit), shown(value, unit), verdict(finding)]];
    }),
  );
  const targets =
    judged.length === 0
      ? ['No measure with a target was taken.']
      : table(['section', 'measure', 'target', 'found', 'verdict'], judged);
  const [before, after] = header.loopNs;
  return [
    `# Benchmark of ${header.date}`,
    '',
    `- Command: \`${header.command}\` (${header.scale}), ${header.minutes.toFixed(1)} minutes`,
    `- Commit: ${header.commit}`,
    `- Machine: ${header.machine}`,
    `- Node: ${header.node}`,
    `- Load average at start: ${header.loadAverage}`,
    `- A turn of a plain integer loop: ${before.toFixed(2)} ns at start, ${after.toFixed(2)} ns at the end`,
    '',
    '## Targets',
    '',
    ...targets,
    ...sections.flatMap(renderSection),
    '',
  ].join('\n');
}

function renderSection({ title, about, findings, lines = [], skipped }: Section): string[] {
  const rows = findings.map(({ measure, value, unit, note }) => [
    measure,
    shown(value, unit),
    note ?? '',
  ]);
  return [
    '',
    `## ${title}`,
    '',
    ...(about === undefined ? [] : [about, '']),
    ...(skipped === undefined ? [] : [`SKIPPED: ${skipped}`, '']),
    ...(rows.length === 0 ? [] : table(['measure', 'found', 'note'], rows)),
    ...(lines.length === 0 ? [] : ['', ...lines]),
  ];
}

export function isMet({ value, target }: Finding): boolean {
  if (target === undefined) return true;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** Met or missed, and by how much of the target. */
function verdict(finding: Finding): string {
  const { value, target } = finding;
  if (target === undefined) return '';
  const bound = 'atLeast' in target ? target.atLeast : target.atMost;
  const off = Math.abs(value / bound - 1) * 100;
  const side = value >= bound ? 'above' : 'below';
  return `${isMet(finding) ? 'met' : 'MISSED'}, ${off.toFixed(1)}% ${side}`;
}

const wanted = (target: Target, unit: Unit): string =>
  'atLeast' in target
    ? `at least ${shown(target.atLeast, unit)}`
    : `at most ${shown(target.atMost, unit)}`;

const DIGITS: Partial<Record<Unit, number>> = { x: 2, us: 2, ms: 2, s: 2, MB: 1, '%': 1 };

export function shown(value: number, unit: Unit): string {
  const digits = DIGITS[unit] ?? 0;
  const text = value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const suffix = unit === '' ? '' : unit === '/s' || unit === '%' ? unit : ` ${unit}`;
  return `${text}${suffix}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
