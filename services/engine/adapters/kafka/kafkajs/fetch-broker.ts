import Broker from 'kafkajs/src/broker';
import ConnectionPool from 'kafkajs/src/network/connectionPool';
import type { Exchange } from 'kafkajs/src/protocol/requests';
import type { KafkaSettings } from '../kafka';
import { connectionOptions, loggerOf } from './connection';
import { within } from './errors';
import { FETCH_KEY, FETCH_VERSION } from './fetch-request';

/** A connection to one broker that is made when it is needed, and made anew after any failure. */
export interface Link {
  readonly send: <Answer>(exchange: Exchange<Answer>) => Promise<Answer>;
  /** The next request connects again. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A broker answers a fetch after 250 ms at the latest: one that is silent for longer is gone. */
const TIMEOUTS = { requestTimeoutMs: 3000, connectionTimeoutMs: 1000 };
const CONNECTED_WITHIN_MS = 5000;

/** @param at where the broker is, asked at every new connection */
export function linkTo(settings: KafkaSettings, at: () => Address): Link {
  let broker: Broker | undefined;

  async function connected(): Promise<Broker> {
    const one = (broker ??= new Broker({
      connectionPool: new ConnectionPool({
        ...connectionOptions(settings, TIMEOUTS),
        ...at(),
        logger: loggerOf(settings),
      }),
      logger: loggerOf(settings),
      authenticationTimeout: CONNECTED_WITHIN_MS,
      allowAutoTopicCreation: false,
    }));
    if (!one.isConnected()) await within(CONNECTED_WITHIN_MS, 'connect', one.connect());
    if ((one.versions?.[FETCH_KEY]?.maxVersion ?? 0) < FETCH_VERSION) {
      throw new Error('the broker is older than Kafka 2.3, which is the oldest that is read from');
    }
    return one;
  }

  function drop(): Promise<void> {
    const dropped = broker;
    broker = undefined;
    return dropped === undefined ? Promise.resolve() : dropped.disconnect().catch(() => undefined);
  }

  return {
    send: async (exchange) => {
      const { connectionPool } = await connected();
      const { requestTimeoutMs: requestTimeout } = TIMEOUTS;
      return connectionPool.send({ ...exchange, requestTimeout, logResponseError: false });
    },
    drop: () => void drop(),
    close: drop,
  };
}
