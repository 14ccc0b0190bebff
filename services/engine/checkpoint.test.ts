import { markDirty, moveRestart, takeSlice } from './checkpoint';
import {
  COUNTING_OPTIONS,
  countingCluster,
  countingMachine,
  encodeAdd,
  type Counter,
} from './counting.fixture';
import { emptyKeys, keep } from './keys';
import { DEFAULTS } from './options';
import { runPartition } from './runner';

const BEGIN = 1_000;
const text = new TextDecoder();

interface World {
  /** Appends a count of 1 of a key, and resolves when it is committed and the copy has it. */
  readonly add: (key: string) => Promise<void>;
  readonly wait: (ms: number) => void;
  /** How often the state of a key was encoded. */
  readonly encodings: (key: string) => number;
  /** The count of a key in the checkpoint. */
  readonly checkpointed: (key: string) => Promise<number | undefined>;
  readonly stop: () => Promise<void>;
}

async function newWorld(): Promise<World> {
  const cluster = await countingCluster();
  const { ports, writer } = cluster.partition(0);
  const machine = countingMachine();
  const encoded: string[] = [];
  let now = BEGIN;
  const handle = runPartition(
    {
      ...machine,
      encodeState: (state: Counter, context) => {
        encoded.push(state.key);
        return machine.encodeState(state, context);
      },
    },
    { ...ports, clock: { now: () => now } },
    COUNTING_OPTIONS,
  );
  const caughtUp = async (next: number): Promise<void> => {
    while ((handle.status().positions['adds'] ?? 0) < next) {
      await handle.view('a', () => undefined);
    }
    // answered between two steps: what was decided is committed
    await handle.view('a', () => undefined);
    const { step } = handle.status();
    while (((await ports.states?.watermark()) ?? -1) < step) {
      await handle.view('a', () => undefined);
    }
  };
  return {
    add: async (key) => {
      const at = await writer.append('adds', [encodeAdd({ key, n: 1, at: now })]);
      await caughtUp(at + 1);
    },
    wait: (ms) => {
      now += ms;
    },
    encodings: (key) => encoded.filter((one) => one === key).length,
    checkpointed: async (key) => {
      let count: number | undefined;
      for await (const blobs of ports.checkpoints.blobs()) {
        for (const { key: of, bytes } of blobs) {
          if (of === key) count = (JSON.parse(text.decode(bytes)) as Counter).count;
        }
      }
      return count;
    },
    stop: handle.stop,
  };
}

describe('the checkpoint beside a copy of the states', () => {
  it('takes over what the copy got: a state is encoded once for both', async () => {
    const { add, wait, encodings, checkpointed, stop } = await newWorld();
    await add('a');
    wait(DEFAULTS.checkpoint.intervalMs);
    await add('b');
    expect(await checkpointed('a')).toBe(1);
    expect(encodings('a')).toBe(1);
    await stop();
  });

  it('gets a state anew that was decided about since the copy got it', () => {
    const keys = emptyKeys<number>();
    const dueAt = Infinity;
    const decided = (state: number, step: number): void => {
      keep(keys, 'a', keys.cached.get('a'), { state, dueAt }, step);
      markDirty(keys, ['a'], step, BEGIN);
    };
    const encode = (_key: string, state: number): Uint8Array => Uint8Array.of(state);
    decided(1, 1);
    const entry = keys.cached.get('a');
    if (entry !== undefined) entry.bytes = Uint8Array.of(1);
    decided(2, 2);
    const slice = takeSlice(keys, 2, 1, new Map(), encode, 1);
    expect(slice?.blobs).toEqual([{ key: 'a', step: 2, dueAt, bytes: Uint8Array.of(2) }]);
  });
});

describe('where a replay begins', () => {
  it('moves on with steps that change nothing, now and then', () => {
    const keys = emptyKeys<number>();
    const positions = new Map([[1_500, 3_001]]);
    expect(moveRestart(keys, 1_500, positions, { step: 1_402 })).toBeUndefined();
    const moved = { step: 1_501, position: 3_001, asOf: 1_500 };
    const slice = { blobs: [], forgotten: [], restart: moved };
    expect(moveRestart(keys, 1_500, positions, { step: 1_401 })).toEqual(slice);
  });

  it('does not pass a state that the checkpoint lacks', () => {
    const keys = emptyKeys<number>();
    markDirty(keys, ['a'], 90, BEGIN);
    expect(moveRestart(keys, 1_500, new Map(), { step: 1 })).toBeUndefined();
    const moved = { step: 90, position: 7, asOf: 5_000 };
    const slice = { blobs: [], forgotten: [], restart: moved };
    expect(moveRestart(keys, 5_000, new Map([[89, 7]]), { step: -10 })).toEqual(slice);
  });
});
