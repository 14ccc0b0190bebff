import type { Producer, ProducedRecord } from '../kafka';
import { isForNow, plainError, within } from './errors';
import { persist, REQUEST_MS, type Link } from './link';
import { produceAll, sender, type Sender, type Written } from './producing';
import { asBroker, asWriting } from './protocol-codec';

/**
 * An idempotent producer: sends go out one after the other, so records keep the order of the calls, and
 * what got no answer is sent again under its sequence numbers. After an error it is not known what was
 * written.
 */
export function openProducer(link: Link): Producer {
  let current: Sender | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  const send = async (
    records: readonly ProducedRecord[],
  ): Promise<ReadonlyMap<string, Written>> => {
    const until = Date.now() + link.patienceMs;
    try {
      current ??= await begin(link);
      return await produceAll(link, current, records, until);
    } catch (error) {
      // its numbers may be out of step with the brokers'
      current = undefined;
      throw plainError('records could not be written', error);
    }
  };
  return {
    send: async (records) => {
      const mine = tail.then(() => send(records));
      tail = mine.catch(() => undefined);
      const written = await mine;
      return new Map([...written].map(([place, { first }]) => [place, first]));
    },
    close: async () => {
      await tail;
      link.close();
    },
  };
}

async function begin(link: Link): Promise<Sender> {
  const identity = await persist(
    link,
    'a producer id',
    link.patienceMs,
    async () => {
      const cluster = await link.cluster();
      // without a transactional id any broker gives one
      const broker = asBroker(await cluster.findControllerBroker());
      const asked = asWriting(broker).initProducerId({ transactionTimeout: REQUEST_MS });
      return within(REQUEST_MS, 'InitProducerId', asked);
    },
    (error) => {
      if (!isForNow(error)) link.drop();
    },
  );
  return sender(identity, true);
}
