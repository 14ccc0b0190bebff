import type { Socket } from 'node:net';
import Broker from 'kafkajs/src/broker';
import ConnectionPool from 'kafkajs/src/network/connectionPool';
import type { Exchange } from 'kafkajs/src/protocol/requests';
import type { KafkaSettings } from '../kafka';
import { connectionOptions, loggerOf } from './connection';
import { Closed, within } from './errors';
import { FETCH_KEY, FETCH_VERSION } from './fetch-request';

/** A connection to one broker that is made when it is needed, and made anew after any failure. */
export interface BrokerLink {
  readonly send: <Answer>(exchange: Exchange<Answer>) => Promise<Answer>;
  /** What is under way fails; the next request connects again. */
  readonly drop: () => void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A broker answers a fetch after 250 ms at the latest: one that is silent for longer is gone. */
const TIMEOUTS = { requestTimeoutMs: 3000, connectionTimeoutMs: 1000 };
const CONNECTED_WITHIN_MS = 5000;

/** @param at where the broker is, asked at every new connection */
export function linkTo(settings: KafkaSettings, at: () => Address): BrokerLink {
  let open: Connection | undefined;
  const drop = (): void => {
    open?.end();
    open = undefined;
  };
  return {
    send: async (exchange) => {
      const { broker } = (open ??= connectionTo(settings, at()));
      if (!broker.isConnected()) await within(CONNECTED_WITHIN_MS, 'connect', broker.connect());
      if ((broker.versions?.[FETCH_KEY]?.maxVersion ?? 0) < FETCH_VERSION) {
        throw new Error(
          'the broker is older than Kafka 2.3, which is the oldest that is read from',
        );
      }
      const { requestTimeoutMs: requestTimeout } = TIMEOUTS;
      const { connectionPool } = broker;
      const answer = await connectionPool.send({
        ...exchange,
        ...{ requestTimeout, logResponseError: false },
      });
      letGo(connectionPool);
      return answer;
    },
    drop,
  };
}

/**
 * The last answers are not kept any more. Of what came from a socket kafkajs keeps what follows the last
 * whole answer; mostly that is nothing, as a part of the answer, of which all stays with it: up to 8 MB for
 * each connection that has nothing to do.
 */
export function letGo({ pool }: Pick<ConnectionPool, 'pool'>): void {
  for (const connection of pool) if (connection.bytesBuffered === 0) connection.chunks = [];
}

interface Connection {
  readonly broker: Broker;
  /** Requests under way fail at once: kafkajs alone would wait for their answers. */
  readonly end: () => void;
}

function connectionTo(settings: KafkaSettings, address: Address): Connection {
  const sockets = new Set<Socket>();
  let ended = false;
  const logger = loggerOf({
    ...settings,
    log: (level, message) => {
      if (!ended) settings.log?.(level, message);
    },
  });
  const options = connectionOptions(settings, TIMEOUTS);
  const connectionPool = new ConnectionPool({
    ...options,
    ...address,
    logger,
    socketFactory: (to) => {
      const socket = options.socketFactory(to);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (ended) socket.destroy(new Closed());
      return socket;
    },
  });
  const authenticationTimeout = CONNECTED_WITHIN_MS;
  return {
    broker: new Broker({
      connectionPool,
      logger,
      authenticationTimeout,
      allowAutoTopicCreation: false,
    }),
    end: () => {
      ended = true;
      for (const socket of sockets) socket.destroy(new Closed());
    },
  };
}
