import type {
  CheckpointLog,
  CheckpointStore,
  Ledger,
  OwnerToken,
  StateStore,
  StateWrite,
  TopicLog,
  TopicWriter,
} from '../../ports';
import { blobPages, blobsOf, duePages } from './blob-data';
import { IMMEDIATE, type Hooks, type PortCall } from './hooks';
import {
  commitTo,
  emptyLedger,
  entriesFrom,
  lastEntry,
  outputTopic,
  type LedgerData,
} from './ledger-data';
import {
  emptyStates,
  forgetStates,
  getStates,
  openStates,
  putStates,
  type StateData,
} from './state-data';
import { appendTo, emptyTopic, hasAt, readFrom, type TopicData } from './topic-data';

export interface MemoryOptions {
  readonly partitions: number;
  readonly inputTopics: readonly string[];
  /** Logs that all partitions share. */
  readonly globalTopics: readonly string[];
  /** Distance of two records in the journal; 1 unless given. */
  readonly journalStride?: number;
  /** Keys of a page of a due index; 100 unless given. */
  readonly pageKeys?: number;
}

/** What one partition holds; open to whoever wants to look into it or to damage it. */
export interface PartitionData {
  readonly topics: ReadonlyMap<string, TopicData>;
  readonly ledger: LedgerData;
  states: StateData;
}

/** Everything in memory: it lives as long as the value itself. */
export interface MemoryCluster {
  readonly data: readonly PartitionData[];
  /** The ports of a partition; every call passes the hooks. */
  readonly partition: (partition: number, hooks?: Hooks) => MemoryPartition;
  /** Writes to the global topics. */
  readonly globals: (hooks?: Hooks) => TopicWriter;
}

export interface MemoryPartition {
  readonly ports: MemoryPorts;
  readonly writer: TopicWriter;
  readonly outputs: TopicLog;
}

/** All of them; a runner takes the states or goes without. */
export interface MemoryPorts {
  readonly inputs: TopicLog;
  readonly ledger: Ledger;
  readonly checkpoints: CheckpointStore & CheckpointLog;
  readonly states: StateStore;
}

/** A cluster without records. @throws RangeError on a partition that does not exist */
export function memoryCluster(options: MemoryOptions): MemoryCluster {
  const globals = new Map(options.globalTopics.map((topic) => [topic, emptyTopic(topic)]));
  const data = Array.from({ length: options.partitions }, (): PartitionData => {
    const inputs = options.inputTopics.map((topic) => [topic, emptyTopic(topic)] as const);
    return {
      topics: new Map([...inputs, ...globals]),
      ledger: emptyLedger(options.journalStride ?? 1),
      states: emptyStates(),
    };
  });
  const listeners = new Set<() => void>();
  return {
    data,
    partition: (partition, hooks = IMMEDIATE) => {
      const held = data[partition];
      if (held === undefined) throw new RangeError(`there is no partition ${partition}`);
      const room: Room = { partition, hooks, listeners, pageKeys: options.pageKeys ?? 100 };
      const inputs = (topic: string): TopicData => topicOf(held.topics, topic);
      return {
        ports: {
          inputs: topicLog(room, 'inputs', inputs),
          ledger: ledgerOf(room, held),
          checkpoints: checkpointsOf(room, held),
          states: statesOf(room, held),
        },
        writer: writerOf(room, inputs),
        outputs: topicLog(room, 'outputs', (topic) => outputTopic(held.ledger, topic)),
      };
    },
    globals: (hooks = IMMEDIATE) =>
      writerOf({ partition: 0, hooks, listeners, pageKeys: 1 }, (topic) => topicOf(globals, topic)),
  };
}

interface Room {
  readonly partition: number;
  readonly hooks: Hooks;
  readonly listeners: Set<() => void>;
  readonly pageKeys: number;
}

function topicOf(topics: ReadonlyMap<string, TopicData>, topic: string): TopicData {
  const data = topics.get(topic);
  if (data === undefined) throw new RangeError(`there is no topic ${topic}`);
  return data;
}

const callOf = (
  { partition }: Room,
  port: PortCall['port'],
  method: string,
  ...args: readonly unknown[]
): PortCall => ({ port, method, partition, args });

function topicLog(
  room: Room,
  port: 'inputs' | 'outputs',
  topicOf: (topic: string) => TopicData,
): TopicLog {
  const { hooks, listeners } = room;
  return {
    bounds: (topic) =>
      hooks.call(callOf(room, port, 'bounds', topic), () => {
        const { first, next } = topicOf(topic);
        return { first, next };
      }),
    read: (topic, from, limit) =>
      hooks.call(callOf(room, port, 'read', topic, from, limit), () =>
        readFrom(topicOf(topic), from, limit),
      ),
    changed: (positions, waitMs) =>
      hooks.wait(callOf(room, port, 'changed', positions, waitMs), {
        ready: () => [...positions].some(([topic, position]) => hasAt(topicOf(topic), position)),
        waitMs,
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      }),
  };
}

function writerOf(room: Room, topicOf: (topic: string) => TopicData): TopicWriter {
  return {
    append: (topic, values) =>
      room.hooks.call(callOf(room, 'writer', 'append', topic, values), () => {
        const offset = appendTo(topicOf(topic), values);
        notify(room);
        return offset;
      }),
  };
}

function notify({ listeners }: Room): void {
  for (const listener of [...listeners]) listener();
}

function ledgerOf(room: Room, { ledger }: PartitionData): Ledger {
  const { hooks } = room;
  return {
    fence: () => hooks.call(callOf(room, 'ledger', 'fence'), (): OwnerToken => ++ledger.token),
    last: () => hooks.call(callOf(room, 'ledger', 'last'), () => lastEntry(ledger)),
    read: (from, limit) =>
      hooks.call(callOf(room, 'ledger', 'read', from, limit), () =>
        entriesFrom(ledger, from, limit),
      ),
    commit: (owner, commit) =>
      hooks.call(callOf(room, 'ledger', 'commit', owner, commit), () => {
        const position = commitTo(ledger, owner, commit);
        if (commit.outputs.length > 0) notify(room);
        return position;
      }),
  };
}

function checkpointsOf(room: Room, { ledger }: PartitionData): CheckpointStore & CheckpointLog {
  const { hooks, pageKeys } = room;
  return {
    restart: () =>
      hooks.call(callOf(room, 'checkpoints', 'restart'), () => ledger.checkpoint.restart),
    due: () =>
      duePages(() => ledger.checkpoint, hooks, callOf(room, 'checkpoints', 'due'), pageKeys),
    blobs: () =>
      blobPages(() => ledger.checkpoint, hooks, callOf(room, 'checkpoints', 'blobs'), pageKeys),
    get: (keys) =>
      hooks.call(callOf(room, 'checkpoints', 'get', keys), () => blobsOf(ledger.checkpoint, keys)),
  };
}

function statesOf(room: Room, held: PartitionData): StateStore {
  const { hooks, pageKeys } = room;
  return {
    open: (owner) =>
      hooks.call(callOf(room, 'states', 'open', owner), () => openStates(held.states, owner)),
    watermark: () => hooks.call(callOf(room, 'states', 'watermark'), () => held.states.watermark),
    due: () => duePages(() => held.states, hooks, callOf(room, 'states', 'due'), pageKeys),
    get: (at, keys) =>
      hooks.call(callOf(room, 'states', 'get', at, keys), () => getStates(held.states, at, keys)),
    put: (write: StateWrite) =>
      hooks.call(callOf(room, 'states', 'put', write), () => putStates(held.states, write)),
    forget: (owner) =>
      hooks.call(callOf(room, 'states', 'forget', owner), () => forgetStates(held.states, owner)),
  };
}
