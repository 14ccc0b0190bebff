import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';

/** Until a socket that was asked to end is destroyed; a closed connection keeps no process alive for longer. */
const END_MS = 200;

/**
 * Opens sockets for the client, as its own connector does, but never leaves one without a listener of
 * errors: the client hears one error of each and drops its listener, and a TLS socket that was refused may
 * have a second one, which would end the process.
 */
export const connectorWith = (
  tls: ConnectionOptions | undefined,
): new (options: unknown) => AbstractConnector =>
  class extends AbstractConnector {
    readonly #address: { readonly host: string; readonly port: number };

    constructor(options: unknown) {
      super(END_MS);
      this.#address = addressIn(options);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      await new Promise(process.nextTick);
      if (!this.connecting) throw new Error('Connection is closed.');
      const socket =
        tls === undefined ? connectPlain(this.#address) : connectTls({ ...this.#address, ...tls });
      socket.on('error', (error) => {
        this.firstError ??= error;
      });
      this.stream = socket;
      return socket;
    }
  };

function addressIn(options: unknown): { readonly host: string; readonly port: number } {
  if (typeof options === 'object' && options !== null && 'host' in options && 'port' in options) {
    const { host, port } = options;
    if (typeof host === 'string') return { host, port: Number(port) };
  }
  throw new TypeError('the client of Redis names no host');
}
