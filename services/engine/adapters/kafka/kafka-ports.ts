import { FROM_THE_BEGINNING } from '../../checkpoint';
import type { CheckpointLog, Ledger, TopicLog } from '../../ports';
import { hasCheckpoint, kafkaCheckpoints, type KafkaCheckpoints } from './checkpoints';
import { kafkaLedger, readOnlyLedger, type JournalSettings, type LedgerSettings } from './ledger';
import type { JournalReader } from './ledger';
import { kafkaTopicLog } from './topic-log';

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
  settings: JournalSettings,
  ledger: Journal,
  headers: readonly string[] = [],
): KafkaPartition<Journal> {
  const { reader, names, partition } = settings;
  const topics = kafkaTopicLog(reader, names, partition, headers);
  const checkpoints = kafkaCheckpoints(reader, names, partition);
  return {
    topics,
    ledger,
    checkpoints: {
      ...checkpoints,
      restart: () => restartOf(settings, ledger, checkpoints.restart),
    },
    close: async () => {
      await ledger.close();
      await topics.close();
    },
  };
}

/** States without a journal are what is left of another one: they are told of, and the engine refuses them. */
async function restartOf(
  { reader, names, partition }: JournalSettings,
  ledger: JournalReader,
  restart: CheckpointLog['restart'],
): ReturnType<CheckpointLog['restart']> {
  if ((await ledger.last()) !== undefined) return restart();
  const isLeft = await hasCheckpoint(reader, names, partition);
  return isLeft ? { ...FROM_THE_BEGINNING, asOf: 0 } : undefined;
}
