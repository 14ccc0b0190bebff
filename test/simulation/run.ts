import type { PartitionData } from '@tidemark/engine/adapters/memory/cluster';
import { emptyStates } from '@tidemark/engine/adapters/memory/state-data';
import { leaveGap } from '@tidemark/engine/adapters/memory/topic-data';
import { inflict, loseCheckpoint } from './faults';
import { foldedState, type Fold } from './fold';
import { deliverOne, newNetwork, nextInstant } from './network';
import { expectEqual, expectThat, OracleFault } from './oracle-fault';
import {
  checkAtRest,
  checkCheckpoint,
  checkConvergence,
  checkPublished,
  checkStates,
} from './oracles';
import { randomOf } from './random';
import { BEGIN_MS, type Item, type Script } from './script';
import {
  crash,
  dataOf,
  isAlive,
  newWorld,
  start,
  superviseOwners,
  takeSnapshot,
  type Engine,
  type World,
} from './world';

export type Outcome =
  | {
      readonly ok: true;
      readonly counts: Readonly<Record<string, number>>;
      /** What is left. */
      readonly data: readonly PartitionData[];
    }
  | { readonly ok: false; readonly failure: Failure };

export interface Failure {
  /** Which oracle says so. */
  readonly what: string;
  /** Several lines, for a person. */
  readonly detail: string;
}

/** More than any run needs: beyond it a run does not come to rest. */
const ACTIONS_MAX = 60_000;

/** Runs a script to its end, brings the world to rest and asks the oracles. */
export async function runScript(
  script: Script,
  engine: Engine,
  trace?: (line: string) => void,
): Promise<Outcome> {
  const random = randomOf(script.seed, 2 + script.schedule);
  const network = newNetwork(random, BEGIN_MS, (line) => {
    const text = trace === undefined ? undefined : line();
    if (text !== undefined) trace?.(`${timeOf(network.now)} ${text}`);
  });
  const world = newWorld(script, engine, network);
  try {
    await play(world, script.items);
    await calm(world);
    await restart(world);
    await judge(world);
    return { ok: true, counts: countsOf(world), data: world.cluster.data };
  } catch (error) {
    if (!(error instanceof OracleFault)) throw error;
    return { ok: false, failure: { what: error.what, detail: error.message } };
  } finally {
    for (const one of world.instances) if (isAlive(one)) crash(world, one);
  }
}

const timeOf = (now: number): string => `${((now - BEGIN_MS) / 1000).toFixed(3).padStart(9)}s`;

/** Does what the script says, each thing at its time, while everything else goes on. */
async function play(world: World, items: readonly Item[]): Promise<void> {
  const { network } = world;
  for (const item of items) {
    while (item.at > network.now || network.random.chance(0.5)) await step(world, item.at);
    if (network.random.chance(0.1)) {
      takeSnapshot(world, network.random.int(0, world.cluster.data.length - 1));
    }
    await perform(world, item);
    await drain();
  }
}

async function perform(world: World, item: Item): Promise<void> {
  const { cluster, network } = world;
  switch (item.kind) {
    case 'append':
      network.trace(() => `append to ${item.topic}/${item.partition}: ${item.value}`);
      if (network.random.chance(0.05)) leaveGapIn(world, item.partition, item.topic);
      await cluster.partition(item.partition).writer.append(item.topic, [Buffer.from(item.value)]);
      return;
    case 'global':
      network.trace(() => `append to ${item.topic}: ${item.value}`);
      await cluster.globals().append(item.topic, [Buffer.from(item.value)]);
      return;
    case 'fault':
      return inflict(world, item.fault);
    default:
      item satisfies never;
  }
}

/** Offsets without a record, as aborted transactions leave them. */
function leaveGapIn(world: World, partition: number, topic: string): void {
  const data = dataOf(world, partition).topics.get(topic);
  if (data !== undefined) leaveGap(data, world.network.random.int(1, 3));
}

/**
 * One thing happens: an owner starts or a call is answered; where nothing can happen now, the clock
 * moves on to when something can, but not beyond `limit`.
 * @returns whether only the clock has moved
 */
async function step(world: World, limit: number): Promise<boolean> {
  const { network, starts } = world;
  world.actions += 1;
  expectThat('rest', 'the run does not come to rest', world.actions < ACTIONS_MAX);
  superviseOwners(world);
  if (startOne(world) || deliverOne(network)) {
    await drain();
    const [complaint] = world.complaints;
    if (complaint !== undefined) throw new OracleFault('stopped', complaint);
    return false;
  }
  const instant = Math.min(limit, nextInstant(network), ...starts.values());
  expectThat('rest', 'nothing can ever happen again', instant < Infinity);
  // in a long pause not every wait is waited for: timers go off late
  const leap = limit < Infinity && starts.size === 0 ? Math.floor((limit - network.now) / 4) : 0;
  network.now = Math.max(network.now + leap, instant);
  return true;
}

/**
 * Lets everything run that waits for nothing but itself: a tick comes when no microtask is left. (A turn
 * of the event loop would be as sure and cost a fifth of a run.)
 */
const drain = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

function startOne(world: World): boolean {
  for (const [partition, at] of world.starts) {
    if (at > world.network.now) continue;
    start(world, partition, world.network.random.int(0, world.script.setup.workers - 1));
    return true;
  }
  return false;
}

async function until(world: World, isDone: () => boolean): Promise<void> {
  while (!isDone()) await step(world, Infinity);
}

/** An owner that has nothing to do looks at the copy of the states every 5 s: it may have fallen back. */
const COPY_LOOKED_AT_MS = 6_000;

/** No more faults: goes on until the clock moves and nothing new is written. */
async function calm(world: World): Promise<void> {
  const { network, instances, cluster } = world;
  network.trace(() => 'no more faults');
  network.ambushes.length = 0;
  for (const one of instances) one.stalledUntil = 0;
  let written = 0;
  let since = network.now;
  const isQuiet = (steps: number): boolean =>
    steps >= 3 * instances.filter(isAlive).length + 3 && network.now - since > COPY_LOOKED_AT_MS;
  for (let quiet = 0; !isQuiet(quiet);) {
    const onlyClock = await step(world, Infinity);
    const now = cluster.data.reduce((sum, { ledger }) => sum + ledger.journal.length, 0);
    if (now !== written) [quiet, since] = [0, network.now];
    else if (onlyClock) quiet += 1;
    written = now;
  }
}

/** Stops or kills all owners, now and then with the loss of a store, and lets others take over. */
async function restart(world: World): Promise<void> {
  const { network, cluster, script } = world;
  if (network.random.chance(0.5)) {
    await stopAll(world);
    if (network.random.chance(0.2)) {
      for (const data of cluster.data) {
        const fold = checkPublished(data);
        if (script.setup.stateStore) checkStates(data, fold, isLossy(world));
      }
    }
  }
  for (const one of world.instances) if (isAlive(one)) crash(world, one);
  if (network.random.chance(0.5)) {
    for (const data of cluster.data) data.states = emptyStates();
  }
  // no event comes any more that would have states written anew
  if (network.random.chance(0.3)) {
    for (const partition of cluster.data.keys()) loseCheckpoint(world, partition);
  }
  world.isClosing = false;
  superviseOwners(world);
  await calm(world);
}

const isLossy = ({ script }: World): boolean =>
  script.items.some((it) => it.kind === 'fault' && it.fault.kind === 'states-lost');

async function stopAll(world: World): Promise<void> {
  world.isClosing = true;
  const alive = world.instances.filter(isAlive);
  for (const { handle } of alive) void handle.stop();
  await until(world, () => !alive.some(isAlive));
}

/** What the owners say of every key; then they stop, and all that is left is compared. */
async function judge(world: World): Promise<void> {
  const { script, cluster, network } = world;
  const { time } = script.setup.options;
  const atRest = cluster.data.map(({ ledger }) => ledger.journal.length - 1);
  const views = cluster.data.map((_, partition) => viewAll(world, partition));
  await until(world, () => views.every(({ left }) => left === 0));
  await stopAll(world);
  cluster.data.forEach((data, partition) => {
    const look = (fold: Fold): void => {
      checkAtRest(data, fold, time);
      checkConvergence(data, fold, time, network.random);
    };
    const fold = checkPublished(data, { after: atRest[partition] ?? 0, look });
    if (script.setup.stateStore) checkStates(data, fold, isLossy(world));
    checkCheckpoint(data, fold);
    for (const [key, { state, step }] of views[partition]?.seen ?? []) {
      expectEqual('states', `${key} as its owner sees it`, state, foldedState(fold, key, step));
    }
    checkDigests(world, partition);
  });
}

interface Views {
  readonly seen: Map<string, { readonly state: string | undefined; readonly step: number }>;
  left: number;
}

function viewAll(world: World, partition: number): Views {
  const owner = world.instances.findLast((one) => one.partition === partition && isAlive(one));
  const views: Views = { seen: new Map(), left: 0 };
  if (owner === undefined) return views;
  const { view, status } = owner.handle;
  for (const key of keysOf(world, partition)) {
    views.left += 1;
    view(key, (state) => ({
      state: state === undefined ? undefined : JSON.stringify(state),
      step: status().step,
    })).then(
      (seen) => {
        views.seen.set(key, seen);
        views.left -= 1;
      },
      (error: unknown) => world.complaints.push(`a view failed: ${String(error)}`),
    );
  }
  return views;
}

function keysOf(world: World, partition: number): Set<string> {
  const keys = new Set<string>();
  for (const item of world.script.items) {
    if (item.kind !== 'append' || item.partition !== partition) continue;
    const [, key] = /"key":"(\w+)"/.exec(item.value) ?? [];
    if (key !== undefined) keys.add(key);
  }
  return keys;
}

/** No replay may come to another result than the same build did; what another decided is data. */
function checkDigests({ instances }: World, partition: number): void {
  for (const one of instances) {
    if (one.partition !== partition) continue;
    const { counts } = one.handle.status();
    expectEqual('digests', `mismatches of ${one.name}`, counts['digest-mismatches'] ?? 0, 0);
  }
}

/** What happened, for those who want to know whether a run tries what it should. */
function countsOf({ instances }: World): Record<string, number> {
  const sum: Record<string, number> = {};
  const add = (name: string, n: number): void => {
    sum[name] = (sum[name] ?? 0) + n;
  };
  for (const { partition, build, handle, ended } of instances) {
    const isOther = instances.some((one) => one.partition === partition && one.build !== build);
    if (isOther) add('owners beside another build', 1);
    add('owners', 1);
    if (ended !== undefined) add(`owners ${ended}`, 1);
    for (const [name, n] of Object.entries(handle.status().counts)) add(name, n);
  }
  return sum;
}
