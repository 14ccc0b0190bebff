import type { CheckpointLog, Ledger, TopicLog } from '../../ports';
import { hasCheckpoint, kafkaCheckpoints, type KafkaCheckpoints } from './checkpoints';
import type { Reader } from './kafka';
import { kafkaLedger, readOnlyLedger, type JournalSettings, type LedgerSettings } from './ledger';
import type { JournalReader } from './ledger';
import { kafkaTopicLog } from './topic-log';
import type { TopicNames } from './topic-names';

/** What one partition of the engine has on Kafka; the copy of the states is another's. */
export interface KafkaPartition<Journal extends Pick<Ledger, 'last' | 'read'>> {
  /** Inputs and global topics, and the outputs for those who read them. */
  readonly topics: TopicLog;
  readonly ledger: Journal;
  readonly checkpoints: KafkaCheckpoints;
  /** Gives all buffers back and ends the producer; the client stays open. */
  readonly close: () => Promise<void>;
}

/** For its owner. Nothing is asked of Kafka before it is used. */
export const kafkaPartition = (
  settings: LedgerSettings & {
    /** Names of headers that records are given with; default: none are looked at. */
    readonly headers?: readonly string[];
  },
): KafkaPartition<Ledger> => partitionOver(settings, kafkaLedger(settings), settings.headers);

/** For those who look: `verify`, as-of, the API. */
export const readOnlyPartition = (
  settings: JournalSettings,
): KafkaPartition<Pick<Ledger, 'last' | 'read'>> =>
  partitionOver(settings, readOnlyLedger(settings));

function partitionOver<Journal extends JournalReader>(
  { reader, names, partition }: JournalSettings,
  ledger: Journal,
  headers: readonly string[] = [],
): KafkaPartition<Journal> {
  const topics = kafkaTopicLog(reader, names, partition, headers);
  const restart = (): ReturnType<CheckpointLog['restart']> =>
    restartOf(ledger, reader, names, partition);
  return {
    topics,
    ledger,
    checkpoints: kafkaCheckpoints(reader, names, partition, restart),
    close: async () => {
      await ledger.close();
      await topics.close();
    },
  };
}

/**
 * The last record of the journal says where a replay over the checkpoint begins. States without a journal
 * are what is left of another one: they are told of, and the engine refuses them.
 */
async function restartOf(
  ledger: JournalReader,
  reader: Reader,
  names: TopicNames,
  partition: number,
): ReturnType<CheckpointLog['restart']> {
  const last = await ledger.last();
  if (last !== undefined) {
    const { step, position } = last.record.restart;
    return step === 0 && position === 0 ? undefined : { step, position };
  }
  const isLeft = await hasCheckpoint(reader, names, partition);
  return isLeft ? { step: 0, position: 0 } : undefined;
}
