import { setTimeout as pause } from 'node:timers/promises';
import { FAULTS, OF_SERVERS, RECOVERY_MS_MAX, type Fault } from '../integration/faults/faults';
import type { Pump } from '../integration/faults/pump';
import type { World } from '../integration/faults/world';
import type { Span } from './fit';
import { drawsOf, type Schedule } from './plan';

/** A fault that happened. */
export interface Strike {
  readonly fault: string;
  /** UTC milliseconds. */
  readonly began: number;
  readonly ended: number;
  /** What was not as it should be; absent: nothing. */
  readonly failure?: string;
}

export interface Scene {
  readonly world: World;
  /** What faults that end workers see: those that may end. */
  readonly mortal: World;
  readonly pump: Pump;
  /** UTC milliseconds. */
  readonly begun: number;
  readonly everyMs: number;
  readonly seed: number;
  /** Told of each fault as it begins. */
  readonly begins: (fault: string) => void;
  /** Told when faults pause and before they go on. */
  readonly calm: (isCalm: boolean) => Promise<void>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Struck {
  readonly strikes: readonly Strike[];
  /** Under load and without faults, milliseconds since the start. */
  readonly calms: readonly Span[];
  /** Calm moments before which not all partitions went on. */
  readonly stalls: number;
}

/** Not ended cleanly, or not in time: its servers may be away just then. */
const CODES: readonly (number | null)[] = [0, 3];

/**
 * One fault after the other, each a while after the one before began. Those of workers and those of servers
 * may overlap; one that has to wait for its like comes as soon as that is over.
 * @throws AbortError when the signal says so
 */
export async function strikeAll(scene: Scene, schedule: Schedule): Promise<Struck> {
  const { world, begun, everyMs, seed, signal } = scene;
  const strikes: Strike[] = [];
  const calms: Span[] = [];
  const draws = drawsOf(FAULTS, seed);
  const since = (): number => Date.now() - begun;
  let stalls = 0;
  for (const calmAt of schedule.calmsAtMs) {
    const busy = { servers: Promise.resolve(), workers: Promise.resolve() };
    for (let next = since(); next < calmAt; next = Math.max(next + everyMs, since())) {
      await pause(Math.max(0, next - since()), undefined, { signal });
      const { one, whom } = draws.next().value;
      const kind = OF_SERVERS.includes(one) ? 'servers' : 'workers';
      await busy[kind];
      busy[kind] = strike(scene, one, whom).then((done) => void strikes.push(done));
    }
    await Promise.all([busy.servers, busy.workers]);
    signal.throwIfAborted();
    try {
      await world.progress.allMoveAfter(Date.now(), RECOVERY_MS_MAX);
    } catch {
      stalls += 1;
    }
    await scene.calm(true);
    const fromMs = since();
    await pause(schedule.calmMs, undefined, { signal });
    calms.push({ fromMs, toMs: since() });
    await scene.calm(false);
  }
  return { strikes, calms, stalls };
}

/** Never rejects: that one did not go as it should is a finding, and the others come all the same. */
async function strike(scene: Scene, fault: Fault, whom: number): Promise<Strike> {
  const { world, mortal, pump, begins, say, signal } = scene;
  // a transaction without its coordinator keeps readers waiting, whatever the workers do
  if (fault.elects === true) await pump.transact(false);
  begins(fault.name);
  const began = Date.now();
  let failure: string | undefined;
  try {
    const { codes = [] } = await fault.happen(fault.ends === true ? mortal : world, whom);
    const wrong = codes.filter((code) => !CODES.includes(code));
    if (wrong.length > 0) failure = `a worker ended with ${wrong.join()}`;
  } catch (error) {
    failure = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
  const ended = Date.now();
  if (failure !== undefined && !signal.aborted) {
    say(`${fault.name}: ${failure}`);
    await mend(world).catch((error: unknown) => say(`not mended: ${String(error)}`));
  }
  if (fault.elects === true) await pump.transact(true);
  return { fault: fault.name, began, ended, ...(failure === undefined ? {} : { failure }) };
}

/** What a fault that did not come to its end may have left. */
async function mend({ nodes, guest, kafka }: World): Promise<void> {
  for (const { toKafka, toRedis, toRegistry } of nodes) {
    for (const proxy of [...toKafka, toRedis, toRegistry]) proxy.heal();
  }
  await Promise.all(kafka.brokers.map(({ start }) => start()));
  for (const { worker } of nodes) {
    worker.wake();
    await worker.start();
  }
  await guest.worker.stop();
}
