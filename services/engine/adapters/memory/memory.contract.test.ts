import { checkpointLogContract } from '../../contracts/checkpoint-log.contract';
import { checkpointStoreContract } from '../../contracts/checkpoint-store.contract';
import { ledgerContract } from '../../contracts/ledger.contract';
import { stateStoreContract } from '../../contracts/state-store.contract';
import { OTHER_TOPIC, TOPIC, type Subject } from '../../contracts/subject.contract';
import { topicLogContract } from '../../contracts/topic-log.contract';
import { memoryCluster, type MemoryCluster } from './cluster';
import { leaveGap } from './topic-data';

function subjectOf(cluster: MemoryCluster): Subject {
  const { ports, writer, outputs } = cluster.partition(0);
  return {
    ...ports,
    writer,
    outputs,
    reopen: async () => subjectOf(cluster),
    close: async () => undefined,
    leaveGap: (topic, offsets) => {
      const data = cluster.data[0]?.topics.get(topic);
      if (data !== undefined) leaveGap(data, offsets);
    },
  };
}

const make = async (): Promise<Subject> =>
  subjectOf(memoryCluster({ partitions: 1, inputTopics: [TOPIC, OTHER_TOPIC], globalTopics: [] }));

topicLogContract('memory', make);
ledgerContract('memory', make);
checkpointStoreContract('memory', make);
checkpointLogContract('memory', make);
stateStoreContract('memory', make);
