import type { CheckpointData } from '@tidemark/engine/adapters/memory/ledger-data';
import {
  memoryCluster,
  type MemoryCluster,
  type PartitionData,
} from '@tidemark/engine/adapters/memory/cluster';
import type { StateData } from '@tidemark/engine/adapters/memory/state-data';
import { Fenced, PartitionStopped } from '@tidemark/engine/errors';
import type { Skip } from '@tidemark/engine/options';
import type { Ports } from '@tidemark/engine/ports';
import type { PartitionHandle, runPartition } from '@tidemark/engine/runner';
import type { PortCall } from '@tidemark/engine/adapters/memory/hooks';
import { cutOff, hooksOf, type Caller, type Network } from './network';
import type { Script } from './script';
import { GLOBAL_TOPICS, INPUT_TOPICS, ToyBroken, toyMachine, type ToyState } from './toy';
import type { ToyGlobals } from './toy-rules';

/** What is tried: the engine's own, or one that was broken on purpose. */
export interface Engine {
  readonly runPartition: typeof runPartition;
  /** Stands between an owner and its ports. */
  readonly wrap?: (ports: Ports, room: Room) => Ports;
}

/** What a broken port needs to do things that the ports do not offer. */
export interface Room {
  readonly data: PartitionData;
  /** Does something as one call over the network. */
  readonly call: <T>(port: PortCall['port'], method: string, perform: () => T) => Promise<T>;
}

/** One owner of one partition. */
export interface Instance extends Caller {
  readonly worker: number;
  readonly partition: number;
  readonly build: string;
  readonly handle: PartitionHandle<ToyState, ToyGlobals>;
  /** How it ended; undefined while it runs. */
  ended: 'stopped' | 'fenced' | 'failed' | undefined;
}

export interface World {
  readonly script: Script;
  readonly engine: Engine;
  readonly network: Network;
  readonly cluster: MemoryCluster;
  readonly instances: Instance[];
  /** Partitions for which an owner is to be started, and when. */
  readonly starts: Map<number, number>;
  readonly snapshots: { readonly states: StateData[]; readonly checkpoints: CheckpointData[] }[];
  build: string;
  /** No new owners: all are to stop. */
  isClosing: boolean;
  /** Things that happened so far. */
  actions: number;
  /** Records that broke the machine, by partition: a person has them passed over. */
  readonly skips: Map<number, Skip[]>;
  /** What an owner said that stopped for good: no fault may bring that about. */
  readonly complaints: string[];
}

export function newWorld(script: Script, engine: Engine, network: Network): World {
  const { setup } = script;
  const cluster = memoryCluster({
    partitions: setup.partitions,
    inputTopics: INPUT_TOPICS,
    globalTopics: GLOBAL_TOPICS,
    journalStride: setup.journalStride,
    pageKeys: setup.pageKeys,
  });
  return {
    script,
    engine,
    network,
    cluster,
    instances: [],
    starts: new Map(cluster.data.map((_, partition) => [partition, network.now])),
    snapshots: cluster.data.map(() => ({ states: [], checkpoints: [] })),
    build: setup.build,
    isClosing: false,
    actions: 0,
    skips: new Map(),
    complaints: [],
  };
}

export const isAlive = ({ crashed, ended }: Instance): boolean => !crashed && ended === undefined;

/** Starts an owner of a partition on a worker. */
export function start(world: World, partition: number, worker: number): Instance {
  const { network, script, engine, cluster } = world;
  const { setup } = script;
  const name = `w${worker}.${world.instances.length}/p${partition}`;
  const caller: Caller = { name, crashed: false, stalledUntil: 0 };
  const skewMs = setup.skewMs[worker] ?? 0;
  const clock = { now: () => network.now + skewMs };
  const hooks = hooksOf(network, caller);
  const { states, ...others } = cluster.partition(partition, hooks).ports;
  const ports: Ports = setup.stateStore ? { ...others, states, clock } : { ...others, clock };
  const { build } = world;
  network.trace(() => `${name} starts as ${build}`);
  world.starts.delete(partition);
  const skips = world.skips.get(partition) ?? [];
  const options = { ...setup.options, partition, owner: name, skips };
  const room: Room = {
    data: dataOf(world, partition),
    call: (port, method, perform) => hooks.call({ port, method, partition, args: [] }, perform),
  };
  const used = engine.wrap?.(ports, room) ?? ports;
  const handle = engine.runPartition(toyMachine(build), used, options);
  const instance: Instance = Object.assign(caller, {
    ...{ worker, partition, build, handle },
    ended: undefined,
  });
  world.instances.push(instance);
  handle.done.then(
    () => end(world, instance, 'stopped'),
    (error: unknown) => end(world, instance, error instanceof Fenced ? 'fenced' : 'failed', error),
  );
  return instance;
}

function end(
  world: World,
  instance: Instance,
  how: NonNullable<Instance['ended']>,
  error?: unknown,
): void {
  instance.ended = how;
  if (instance.crashed) return;
  world.network.trace(
    () => `${instance.name} ends: ${how} ${error === undefined ? '' : textOf(error)}`,
  );
  if (how !== 'failed' || passOver(world, instance.partition, error)) return;
  const complaint = `${instance.name} gave up: ${textOf(error)}`;
  if (error instanceof PartitionStopped || !(error instanceof Error))
    world.complaints.push(complaint);
  else world.complaints.push(`${complaint}\n${error.stack ?? ''}`);
}

/** What a person does when a record breaks the machine: orders it to be passed over. */
function passOver({ skips }: World, partition: number, error: unknown): boolean {
  if (!(error instanceof PartitionStopped && error.cause instanceof ToyBroken)) return false;
  const [, topic, offset] = /cannot take (\w+)\/\d+@(\d+)/.exec(error.message) ?? [];
  if (topic === undefined) return false;
  const ordered = skips.get(partition) ?? [];
  skips.set(partition, ordered);
  ordered.push({ topic, offset: Number(offset), reason: 'it broke the toy' });
  return true;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` (${textOf(error.cause)})`;
  return `${error.name}: ${error.message}${cause}`;
}

/** Every partition without an owner gets one soon. */
export function superviseOwners(world: World): void {
  const { network, starts } = world;
  if (world.isClosing) return;
  for (let partition = 0; partition < world.cluster.data.length; partition += 1) {
    if (starts.has(partition)) continue;
    const owned = world.instances.some((it) => it.partition === partition && isAlive(it));
    if (!owned) starts.set(partition, network.now + network.random.int(0, 30));
  }
}

/** Kills every owner of a partition. */
export function crashPartition(world: World, partition: number): void {
  for (const instance of world.instances) {
    if (instance.partition === partition && isAlive(instance)) crash(world, instance);
  }
}

export function crash({ network }: World, instance: Instance): void {
  network.trace(() => `${instance.name} crashes`);
  cutOff(network, instance);
}

export function dataOf({ cluster }: World, partition: number): PartitionData {
  const data = cluster.data[partition];
  if (data === undefined) throw new RangeError(`there is no partition ${partition}`);
  return data;
}

/** Remembers the stores as they are, for a fault that brings them back. */
export function takeSnapshot(world: World, partition: number): void {
  const { states, ledger } = dataOf(world, partition);
  const kept = world.snapshots[partition];
  kept?.states.push(copyStates(states));
  kept?.checkpoints.push({
    ...{ blobs: new Map(ledger.checkpoint.blobs), due: new Map(ledger.checkpoint.due) },
    restart: ledger.checkpoint.restart,
  });
}

/** Blobs are never changed in place, so the maps are enough. */
export const copyStates = (data: StateData): StateData => ({
  ...{ blobs: new Map(data.blobs), due: new Map(data.due) },
  ...{ token: data.token, watermark: data.watermark },
});
