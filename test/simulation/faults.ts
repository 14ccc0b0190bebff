import { dropBlob, keepBlob } from '@tidemark/engine/adapters/memory/blob-data';
import { emptyCheckpoint, lastEntry } from '@tidemark/engine/adapters/memory/ledger-data';
import { emptyStates } from '@tidemark/engine/adapters/memory/state-data';
import type { Ambush } from './network';
import type { Fault } from './script';
import {
  copyStates,
  crash,
  crashPartition,
  dataOf,
  isAlive,
  start,
  type Instance,
  type World,
} from './world';

/** Does to the world what the script says. */
export function inflict(world: World, fault: Fault): void {
  world.network.trace(() => `fault: ${JSON.stringify(fault)}`);
  switch (fault.kind) {
    case 'crash':
      for (const one of aliveOn(world, fault.worker)) crash(world, one);
      return;
    case 'stall':
      for (const one of aliveOn(world, fault.worker)) stall(world, one, fault.forMs);
      return;
    case 'commit':
      return ambush(world, fault.partition, fault.how, isCommit);
    case 'refusal':
      return ambush(world, fault.partition, 'refused', ({ port, method }) => {
        return port === fault.port && method !== 'commit';
      });
    case 'takeover':
      start(world, fault.partition, fault.worker);
      return;
    case 'handover':
      return handOver(world, fault.partition);
    case 'build':
      world.build = fault.build;
      for (let p = 0; p < world.cluster.data.length; p += 1) handOver(world, p);
      return;
    case 'store-lost':
      dataOf(world, fault.partition).states = emptyStates();
      return;
    case 'store-back':
      return bringStoreBack(world, fault.partition);
    case 'states-lost':
      return loseStates(world, fault.partition, fault.count);
    case 'store-ahead':
      return putStoreAhead(world, fault.partition);
    case 'checkpoint-lost':
      return loseCheckpoint(world, fault.partition);
    case 'checkpoint-back':
      return bringCheckpointBack(world, fault.partition);
    default:
      fault satisfies never;
  }
}

const isCommit: Ambush['fits'] = ({ port, method }) => port === 'ledger' && method === 'commit';

const aliveOn = ({ instances }: World, worker: number): Instance[] =>
  instances.filter((one) => one.worker === worker && isAlive(one));

/** It stands still; others do not know whether it is dead and take over. */
function stall(world: World, instance: Instance, forMs: number): void {
  const { network, starts } = world;
  instance.stalledUntil = network.now + forMs;
  if (forMs > 100) starts.set(instance.partition, network.now + network.random.int(10, 200));
}

function ambush(
  { network }: World,
  partition: number,
  how: Ambush['how'],
  fits: Ambush['fits'],
): void {
  network.ambushes.push({ partition, how, fits });
}

/** Owners are told to stop; the next begins at once, or when they have stopped. */
function handOver(world: World, partition: number): void {
  for (const one of world.instances) {
    if (one.partition !== partition || !isAlive(one)) continue;
    world.network.trace(() => `${one.name} is told to stop`);
    void one.handle.stop();
  }
  if (world.network.random.chance(0.5)) {
    world.starts.set(partition, world.network.now + world.network.random.int(0, 20));
  }
}

function bringStoreBack(world: World, partition: number): void {
  const kept = world.snapshots[partition]?.states ?? [];
  if (kept.length === 0) return;
  dataOf(world, partition).states = copyStates(world.network.random.pick(kept));
}

function loseStates(world: World, partition: number, count: number): void {
  const { blobs } = dataOf(world, partition).states;
  for (const key of world.network.random.shuffle([...blobs.keys()]).slice(0, count)) {
    blobs.delete(key);
  }
}

/** As when a journal was lost that the store had seen: its states are of steps that never were. */
function putStoreAhead(world: World, partition: number): void {
  killForGood(world, partition);
  const { states, ledger } = dataOf(world, partition);
  const last = lastEntry(ledger)?.record.step;
  if (last === undefined || states.watermark === undefined) return;
  const { random } = world.network;
  // one beyond is the worst: the next owner's own record brings the journal to it
  const step = last + random.pick([1, 1, 2, 3]);
  const [other] = random.shuffle([...states.blobs.values()]);
  for (const [key, blob] of states.blobs) {
    if (blob.bytes === undefined || other?.bytes === undefined || !random.chance(0.5)) continue;
    keepBlob(states, { ...blob, key, step, bytes: other.bytes });
  }
  const [gone] = random.shuffle([...states.blobs.keys()]);
  if (gone !== undefined && random.chance(0.3)) dropBlob(states, gone);
  states.watermark = step;
  // the worst: the next owner writes its record twice, and the journal has come to the watermark
  if (random.chance(0.5)) ambush(world, partition, 'done', isCommit);
}

/** Nothing durable is damaged while commits are on their way to it: these go with their owners. */
function killForGood(world: World, partition: number): void {
  crashPartition(world, partition);
  const { stray } = world.network;
  world.network.stray = stray.filter(({ call }) => call.partition !== partition);
}

export function loseCheckpoint(world: World, partition: number): void {
  killForGood(world, partition);
  dataOf(world, partition).ledger.checkpoint = emptyCheckpoint();
}

function bringCheckpointBack(world: World, partition: number): void {
  const kept = world.snapshots[partition]?.checkpoints ?? [];
  if (kept.length === 0) return;
  killForGood(world, partition);
  const { blobs, due, restart } = world.network.random.pick(kept);
  dataOf(world, partition).ledger.checkpoint = {
    ...{ blobs: new Map(blobs), due: new Map(due) },
    restart,
  };
}
