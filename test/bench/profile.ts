import { Session, type Profiler } from 'node:inspector';
import { CORE_PARTS, ownerOf, type OwnerOf } from './profile-modules';
import { defaultMethodology, play, recordsOf, type Source } from './streams';

export interface Profiled {
  readonly shares: readonly (readonly [part: string, percent: number])[];
  /** The functions with the most time of their own. */
  readonly top: readonly (readonly [name: string, percent: number])[];
}

const SAMPLING_US = 250;
const TOP = 15;

/** The profiler's own work at start and stop, and waiting. */
const NOT_COUNTED = new Set(['(idle)', 'dispatch']);
const GC = '(garbage collector)';

/** A CPU profile of the core over a stream. */
export function measureProfile({ source }: { source: Source }): Profiled {
  const methodology = defaultMethodology();
  const records = recordsOf(source);
  // The warm-up is profiled too: only code compiled meanwhile knows what was inlined into it.
  const stopWarmUp = startProfile();
  play(methodology, records);
  stopWarmUp();
  const stop = startProfile();
  play(methodology, records);
  return sharesOf(stop(), ownerOf(CORE_PARTS));
}

/** Profiles the main thread of this process from now on. @returns what ends it */
export function startProfile(): () => Profiler.Profile {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
  session.post('Profiler.start');
  return () => {
    // The inspector of the own process answers at once.
    let profile: Profiler.Profile | undefined;
    session.post('Profiler.stop', (error, result) => {
      if (error === null) profile = result.profile;
    });
    session.disconnect();
    if (profile === undefined) throw new Error('the profiler gave no profile');
    return profile;
  };
}

/** What part each sample counts for, and which functions have the most time of their own. */
export function sharesOf(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  owner: OwnerOf,
): Profiled {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parentOf.set(child, id);
  const partOf = new Map<number, string>();
  const own = new Map<string, number>();
  const parts = new Map<string, number>();
  let total = 0;
  samples.forEach((id, i) => {
    const node = byId.get(id);
    const us = timeDeltas[i] ?? 0;
    if (node === undefined || NOT_COUNTED.has(node.callFrame.functionName)) return;
    total += us;
    add(own, labelOf(node), us);
    let part = partOf.get(id);
    if (part === undefined) {
      part = node.callFrame.functionName === GC ? 'gc' : owner(stackOf(id));
      partOf.set(id, part);
    }
    add(parts, part, us);
  });
  const percents = (times: ReadonlyMap<string, number>): [string, number][] =>
    [...times]
      .sort((a, b) => b[1] - a[1])
      .map(([name, us]) => [name, total === 0 ? 0 : (us / total) * 100]);
  return { shares: percents(parts), top: percents(own).slice(0, TOP) };

  /** Innermost first. */
  function stackOf(leaf: number): Profiler.ProfileNode['callFrame'][] {
    const stack = [];
    for (let id: number | undefined = leaf; id !== undefined; id = parentOf.get(id)) {
      const frame = byId.get(id)?.callFrame;
      if (frame !== undefined) stack.push(frame);
    }
    return stack;
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
