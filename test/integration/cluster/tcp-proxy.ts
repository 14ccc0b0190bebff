import { createConnection, createServer, type Socket } from 'node:net';
import { whenDone } from './processes';

/** A network between a client and a server of the loopback that can be made to fail. */
export interface Proxy {
  /** Where the client connects to. */
  readonly port: number;
  /** Resets all connections, and every new one. */
  readonly cut: () => void;
  /** From now on everything takes so much longer, in both directions. */
  readonly delay: (ms: number) => void;
  /** Connections stay, new ones are taken, but nothing gets through: both sides wait. */
  readonly halfOpen: () => void;
  /** Requests get through, answers do not: what was asked for happens, and nobody hears of it. */
  readonly loseAnswers: () => void;
  /** Works again. Connections over which something was lost are reset: TCP has no gaps. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

type Fault = 'none' | 'cut' | 'half-open' | 'answers-lost';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  lost: boolean;
}

export async function proxyTo(host: string, port: number, listenOn = 0): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let fault: Fault = 'none';
  let delayMs = 0;

  const drop = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  };

  const forward = (pair: Pair, from: Socket, to: Socket): void => {
    const isAnswer = from === pair.server;
    // chunks keep their order: all of a moment wait equally long, and a later one never less
    let busyUntil = 0;
    const deliver = (chunk: Buffer): void => {
      if (fault === 'half-open' || (fault === 'answers-lost' && isAnswer)) pair.lost = true;
      else if (!to.destroyed) to.write(chunk);
    };
    from.on('data', (chunk: Buffer) => {
      const now = Date.now();
      busyUntil = Math.max(busyUntil, now + delayMs);
      if (busyUntil <= now) deliver(chunk);
      else setTimeout(deliver, busyUntil - now, chunk).unref();
    });
    from
      .on('error', () => drop(pair))
      .on('close', () => {
        // an end, too, does not get through a network that is half open
        if (fault !== 'half-open') drop(pair);
      });
  };

  const listener = createServer((client) => {
    if (fault === 'cut') return void client.destroy();
    const pair: Pair = { client, server: createConnection(port, host), lost: false };
    pairs.add(pair);
    client.setNoDelay();
    pair.server.setNoDelay();
    forward(pair, client, pair.server);
    forward(pair, pair.server, client);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(listenOn, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    [...pairs].forEach(drop);
    await closed;
  };
  whenDone(close);
  return {
    port: address.port,
    cut: () => {
      fault = 'cut';
      [...pairs].forEach(drop);
    },
    delay: (ms) => {
      delayMs = ms;
    },
    halfOpen: () => {
      fault = 'half-open';
    },
    loseAnswers: () => {
      fault = 'answers-lost';
    },
    heal: () => {
      fault = 'none';
      delayMs = 0;
      for (const pair of [...pairs]) {
        if (pair.lost || pair.client.destroyed || pair.server.destroyed) drop(pair);
      }
    },
    close,
  };
}
