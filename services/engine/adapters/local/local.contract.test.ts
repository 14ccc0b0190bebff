import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointStoreContract } from '../../contracts/checkpoint-store.contract';
import { ledgerContract } from '../../contracts/ledger.contract';
import { OTHER_TOPIC, TOPIC, type Subject } from '../../contracts/subject.contract';
import { topicLogContract } from '../../contracts/topic-log.contract';
import { openLocalStore } from './store';

/** Segments so small that every test has several: a reader crosses them, an opening finds many. */
async function open(directory: string, segmentBytes: number): Promise<Subject> {
  const store = await openLocalStore({
    directory,
    application: 'contract',
    partitions: 1,
    inputTopics: [TOPIC, OTHER_TOPIC],
    globalTopics: [],
    segmentBytes,
    cacheBytes: 1,
  });
  const { ports, writer, outputs } = store.partition(0);
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await store.close();
    closed = true;
  };
  return {
    ...ports,
    writer,
    outputs,
    reopen: async () => {
      await close();
      return open(directory, segmentBytes);
    },
    close: async () => {
      await close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

for (const segmentBytes of [1, 1 << 20]) {
  const name = `local, segments of ${segmentBytes} bytes`;
  const make = async (): Promise<Subject> =>
    open(await mkdtemp(join(tmpdir(), 'tidemark-local-')), segmentBytes);
  topicLogContract(name, make);
  ledgerContract(name, make);
  checkpointStoreContract(name, make);
}
