import { dropBlob, keepBlob } from '@tidemark/engine/adapters/memory/blob-data';
import { appendTo } from '@tidemark/engine/adapters/memory/topic-data';
import { commitTo, lastEntry, outputTopic } from '@tidemark/engine/adapters/memory/ledger-data';
import type { Ports } from '@tidemark/engine/ports';
import { blobsOf } from '@tidemark/engine/adapters/memory/blob-data';
import type { Room } from '../world';

type Wrap = (ports: Ports, room: Room) => Ports;

/** Outputs in one transaction, the journal in another after it. */
export const journalAfterCommit: Wrap = (ports, { data: { ledger }, call }) => ({
  ...ports,
  ledger: {
    ...ports.ledger,
    commit: async (owner, commit) => {
      await call('ledger', 'commit', () => {
        if (owner !== ledger.token) return;
        for (const output of commit.outputs) {
          appendTo(outputTopic(ledger, output.topic), [output.value]);
          ledger.published.push(output);
        }
      });
      return ports.ledger.commit(owner, { ...commit, outputs: [] });
    },
  },
});

/** Whoever commits is taken for the owner. */
export const noFencing: Wrap = (ports, { data: { ledger }, call }) => ({
  ...ports,
  ledger: {
    ...ports.ledger,
    commit: (_owner, commit) =>
      call('ledger', 'commit', () => commitTo(ledger, ledger.token, commit)),
  },
});

/** States go to the checkpoint before their step is committed. */
export const checkpointBeforeCommit: Wrap = (ports, { data: { ledger }, call }) => ({
  ...ports,
  ledger: {
    ...ports.ledger,
    commit: async (owner, commit) => {
      const { checkpoint } = commit;
      if (checkpoint !== undefined) {
        await call('checkpoints', 'put', () => {
          if (owner !== ledger.token) return;
          for (const blob of checkpoint.blobs) keepBlob(ledger.checkpoint, blob);
          for (const key of checkpoint.forgotten) dropBlob(ledger.checkpoint, key);
          ledger.checkpoint.restart = checkpoint.restart;
        });
      }
      return ports.ledger.commit(owner, { ...commit, checkpoint: undefined });
    },
  },
});

/** The copy of the states takes every write, whatever step it has. */
export const noStepCompare: Wrap = (ports, { data, call }) =>
  ports.states === undefined
    ? ports
    : {
        ...ports,
        states: {
          ...ports.states,
          put: (write) =>
            call('states', 'put', () => {
              if (write.owner < data.states.token) return 'fenced';
              for (const blob of write.blobs) keepBlob(data.states, blob);
              data.states.watermark = write.step;
              return 'applied';
            }),
        },
      };

/** The copy of the states answers with what it has, however old that is. */
export const readsAtAnyWatermark: Wrap = (ports, { data, call }) =>
  ports.states === undefined
    ? ports
    : {
        ...ports,
        states: {
          ...ports.states,
          get: (_at, keys) => call('states', 'get', () => blobsOf(data.states, keys)),
        },
      };

/** The checkpoint is taken to hold what the journal remembers of it. */
export const journalKnowsCheckpoint: Wrap = (ports, { data: { ledger }, call }) => {
  const restart = (): ReturnType<Ports['checkpoints']['restart']> =>
    call('checkpoints', 'restart', () => {
      const last = lastEntry(ledger)?.record;
      if (last === undefined || last.restart.step === 0) return undefined;
      return { ...last.restart, asOf: last.step };
    });
  return ports.states === undefined
    ? { ...ports, checkpoints: { ...ports.checkpoints, restart } }
    : { ...ports, checkpoints: { ...ports.checkpoints, restart } };
};
