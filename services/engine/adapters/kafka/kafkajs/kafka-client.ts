import type { Kafka, KafkaSettings } from '../kafka';
import { openAdmin } from './admin';
import { openLink, type Link } from './link';
import { joinGroup } from './membership';
import { openProducer } from './producer';
import { kafkaReader } from './reader';
import { openTransactions } from './transactions';

interface Closable {
  readonly close: () => Promise<void>;
}

/**
 * A client of a cluster. Nothing is connected before it is used, and every part has connections of its
 * own: a broker answers the requests of a connection in their order, so one that waits long would hold
 * up all others.
 */
export function connectKafka(settings: KafkaSettings): Kafka {
  const open = new Set<Closable>();
  let isClosed = false;
  const keep = <T extends Closable>(made: T): T => {
    open.add(made);
    return made;
  };
  const link = (): Link => {
    const closable = { close: () => Promise.resolve(made.close()) };
    const made = openLink(settings, () => open.delete(closable));
    open.add(closable);
    if (isClosed) made.close();
    return made;
  };
  return {
    reader: () => keep(kafkaReader(settings)),
    producer: () => keep(openProducer(link())),
    transactions: async (transactionalId, givenUp) => {
      const made = link();
      const { close } = made;
      givenUp?.addEventListener('abort', close);
      if (givenUp?.aborted === true) close();
      try {
        return await openTransactions(made, transactionalId);
      } catch (error) {
        close();
        throw error;
      } finally {
        // from here on its owner closes it, after the commit under way
        givenUp?.removeEventListener('abort', close);
      }
    },
    join: async (group) => {
      const made = link();
      try {
        return await joinGroup(made, group);
      } catch (error) {
        made.close();
        throw error;
      }
    },
    admin: () => keep(openAdmin(link())),
    close: async () => {
      isClosed = true;
      await Promise.all([...open].map(({ close }) => close()));
      open.clear();
    },
  };
}
