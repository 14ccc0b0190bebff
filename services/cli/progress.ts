/** How far a long job is, on a terminal as a bar, elsewhere as a line every few seconds. */
export interface Progress {
  /** So many more are done. */
  advance(n: number): void;
  /** Prints a line of its own; on a terminal above the bar. */
  line(text: string): void;
  /** Prints the final state once; later calls do nothing. */
  done(): void;
}

export interface ProgressOptions {
  /** How many there are; left out when nobody knows. */
  readonly total?: number;
  /** What is counted ("events"). */
  readonly label: string;
  /** Default: stderr. */
  readonly stream?: NodeJS.WriteStream;
  /** Nothing is printed but what `line` is given. */
  readonly quiet?: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const BAR_CELLS = 24;
const COLUMNS = 80;
/** Back to the first column, and erase the line. */
const ERASE = '\r\u001b[2K';

/** Starts to count; the clock starts now. */
export function progress(options: ProgressOptions): Progress {
  const { total, label, stream = process.stderr, quiet = false } = options;
  const now = options.now ?? (() => performance.now());
  const isTerminal = stream.isTTY;
  const begin = now();
  let count = 0;
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : begin;
  let isDrawn = false;
  let isDone = false;

  const text = (): string => describe(label, count, total, now() - begin);
  const draw = (): void => {
    // a bar that wraps cannot be erased: leave the last column free
    const fits = (stream.columns ?? COLUMNS) - 1;
    stream.write(`${ERASE}${text().slice(0, fits)}`);
    isDrawn = true;
    shownAt = now();
  };
  return {
    advance(n) {
      count += n;
      if (quiet || isDone) return;
      if (now() - shownAt < (isTerminal ? REDRAW_MS : LINE_MS)) return;
      if (isTerminal) return draw();
      stream.write(`${text()}\n`);
      shownAt = now();
    },
    line(lineText) {
      stream.write(isDrawn ? `${ERASE}${lineText}\n` : `${lineText}\n`);
      if (!isDrawn) return;
      isDrawn = false;
      // the erased bar comes back at once unless lines come thick and fast
      if (!isDone && now() - shownAt >= REDRAW_MS) draw();
    },
    done() {
      if (isDone) return;
      isDone = true;
      if (quiet) return;
      stream.write(isDrawn ? `${ERASE}${text()}\n` : `${text()}\n`);
      isDrawn = false;
    },
  };
}

function describe(label: string, count: number, total: number | undefined, ms: number): string {
  const rate = ms > 0 ? `${grouped(Math.round((count * 1000) / ms))} ${label}/s` : '';
  const parts = [elapsed(ms), rate].filter((part) => part !== '');
  if (total === undefined) return [`${grouped(count)} ${label}`, ...parts].join('  ');
  const share = total > 0 ? Math.min(1, count / total) : 1;
  const cells = Math.floor(share * BAR_CELLS);
  const bar = `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return [`${bar} ${percent}`, `${grouped(count)}/${grouped(total)} ${label}`, ...parts].join('  ');
}

/** Minutes and seconds, with hours from the first on. */
function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const rest = two(seconds % 60);
  if (minutes < 60) return `${two(minutes)}:${rest}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** 1234567 as 1,234,567: the same on every machine. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
