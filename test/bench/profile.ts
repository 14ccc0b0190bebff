import { Session, type Profiler } from 'node:inspector';
import { defaultMethodology, play, recordsOf, type Source } from './streams';

export interface ProfileResult {
  readonly shares: readonly (readonly [part: string, percent: number])[];
  /** The functions with the most time of their own. */
  readonly top: readonly (readonly [name: string, percent: number])[];
}

const SAMPLING_US = 250;
const TOP = 15;

/** The function that a sample is counted for: the innermost of these on its stack. */
const PARTS: Readonly<Record<string, { readonly name: string; readonly file: string }>> = {
  fold: { name: 'fold', file: 'factors/fold.js' },
  evaluate: { name: 'evaluate', file: 'grading/evaluate.js' },
  publish: { name: 'publish', file: 'grading/publish.js' },
};
const CORE = '/rating/dist/';
/** The profiler's own work at start and stop. */
const NOT_COUNTED = new Set(['(idle)', 'dispatch']);
const GC = '(garbage collector)';

/** A CPU profile of the core over a stream. */
export function measureProfile({ source }: { source: Source }): ProfileResult {
  const methodology = defaultMethodology();
  const records = recordsOf(source);
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  // The warm-up is profiled too: only code compiled meanwhile knows what was inlined into it.
  session.post('Profiler.start');
  play(methodology, records);
  stop(session);
  session.post('Profiler.start');
  play(methodology, records);
  const profile = stop(session);
  session.disconnect();
  return summed(profile);
}

/** The inspector of the own process answers at once. */
function stop(session: Session): Profiler.Profile {
  let profile: Profiler.Profile | undefined;
  session.post('Profiler.stop', (error, result) => {
    if (error === null) profile = result.profile;
  });
  if (profile === undefined) throw new Error('the profiler gave no profile');
  return profile;
}

function summed({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ProfileResult {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parentOf.set(child, id);
  const own = new Map<string, number>();
  const parts = new Map<string, number>();
  let total = 0;
  samples.forEach((id, i) => {
    const node = byId.get(id);
    const us = timeDeltas[i] ?? 0;
    if (node === undefined || NOT_COUNTED.has(node.callFrame.functionName)) return;
    total += us;
    add(own, labelOf(node), us);
    add(parts, partOf(id), us);
  });
  const percents = (times: ReadonlyMap<string, number>): [string, number][] =>
    [...times]
      .sort((a, b) => b[1] - a[1])
      .map(([name, us]) => [name, total === 0 ? 0 : (us / total) * 100]);
  return { shares: percents(parts), top: percents(own).slice(0, TOP) };

  function partOf(leaf: number): string {
    if (byId.get(leaf)?.callFrame.functionName === GC) return 'gc';
    let rest = 'the benchmark and V8 itself';
    for (let id: number | undefined = leaf; id !== undefined; id = parentOf.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame?.url.includes(CORE) === true) rest = 'rest of decide';
      for (const [part, { name, file }] of Object.entries(PARTS)) {
        if (frame?.functionName === name && frame.url.endsWith(file)) return part;
      }
    }
    return rest;
  }
}

const add = (to: Map<string, number>, key: string, us: number): void => {
  to.set(key, (to.get(key) ?? 0) + us);
};

function labelOf({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.split('/').slice(-2).join('/');
  return `${name} ${file}:${lineNumber + 1}`;
}
