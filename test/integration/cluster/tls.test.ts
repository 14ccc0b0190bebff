import { request as requestOverTls } from 'node:https';
import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { serveCluster } from '@tidemark/api/cluster-server';
import { readConfiguration, type Settings } from '@tidemark/processor/configuration';
import { connectRegistry } from '@tidemark/engine/adapters/registry/client';
import { shell } from '../cli/tidemark';
import { certificatesIn, type Certificates } from './certificates';
import { whenDone } from './processes';
import { describeWithServers, freePort, scratchFolder, startRegistry, until } from './servers';

const HEALTHY = join(__dirname, '../../../deploy/healthy.js');
const TOKEN = 'a-token-for-tests-that-is-long-enough';

/** Talks TLS before a server that does not. */
async function terminator(to: number, certificates: Certificates): Promise<[Server, number]> {
  const server = createServer(certificates.own(), (client) => {
    const behind = connect(to, '127.0.0.1');
    for (const [from, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      from.pipe(other);
      from.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  whenDone(async () => void server.close());
  return [server, port];
}

describeWithServers(
  'a schema registry that talks TLS',
  () => {
    it('is asked where its authority is known, also after it has changed to another', async () => {
      const certificates = certificatesIn(scratchFolder('registry-tls'));
      const behind = await startRegistry({ own: true });
      const [server, port] = await terminator(behind.port, certificates);
      const url = `https://localhost:${port}/apis/ccompat/v7`;
      const ask = async (ca?: string): Promise<unknown> => {
        const registry = connectRegistry({ url, timeoutMs: 5_000, ...(ca ? { ca } : {}) });
        try {
          return await registry.idOf('nothing', '"string"');
        } finally {
          registry.close();
        }
      };
      const first = certificates.ca();
      expect(await ask(first)).toBeUndefined();
      await expect(ask()).rejects.toThrow(/certificate/);
      // a new authority beside the old one at the clients first, then at the server, as the runbook says
      certificates.nextAuthority();
      const both = certificates.ca();
      expect(await ask(both)).toBeUndefined();
      certificates.sign();
      server.setSecureContext(certificates.own());
      expect(await ask(both)).toBeUndefined();
      expect(await ask(certificates.ca('newest'))).toBeUndefined();
      await expect(ask(first)).rejects.toThrow(/certificate/);
    });
  },
  { servers: ['registry'], own: true },
);

describeWithServers(
  'the HTTP interface with a certificate',
  () => {
    let certificates: Certificates;
    let other: Certificates;
    beforeAll(() => {
      certificates = certificatesIn(scratchFolder('api-tls'));
      other = certificatesIn(scratchFolder('other-tls'));
    });

    const settingsWith = ({ cert, key }: { cert: string; key: string }): Settings => {
      const configured = readConfiguration(
        {
          // nobody is there: it listens all the same
          TIDEMARK_KAFKA_BROKERS: '127.0.0.1:1',
          TIDEMARK_API_TOKEN: TOKEN,
          TIDEMARK_API_LISTEN: '127.0.0.1:0',
          TIDEMARK_API_TLS_CERT: cert,
          TIDEMARK_API_TLS_KEY: key,
          TIDEMARK_API_VIEWS_DIRECTORY: scratchFolder('views'),
        },
        undefined,
        'api',
      );
      if (!configured.ok) throw new Error(configured.faults.join('\n'));
      return configured.settings;
    };

    const statusOf = (ask: typeof request, port: number, ca = ''): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { host: 'localhost', port, path: '/healthz', ca };
        ask(options, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end();
      });

    it('talks TLS and nothing else, to whoever knows its authority', async () => {
      const stopping = new AbortController();
      let port = 0;
      const served = serveCluster(
        settingsWith(certificates.own()),
        () => undefined,
        stopping.signal,
        (on) => (port = on),
      );
      try {
        await Promise.race([served, until('it listens', () => port !== 0)]);
        expect(await statusOf(requestOverTls, port, certificates.ca())).toBe(200);
        await expect(statusOf(request, port)).rejects.toThrow();
        await expect(statusOf(requestOverTls, port, other.ca())).rejects.toThrow(/certificate/);

        const folder = scratchFolder('client');
        writeFileSync(join(folder, 'events.jsonl'), '{}\n');
        const send = (ca: string) =>
          shell(
            `NODE_EXTRA_CA_CERTS=${ca} TIDEMARK_TOKEN=${TOKEN} tidemark send events.jsonl --quiet --wait 0 --url https://localhost:${port}`,
            folder,
          );
        expect((await send(certificates.caFile())).err).toContain('answers 503');
        expect((await send(other.caFile())).err).toMatch(/cannot be reached \(.*certificate/);
        expect(
          (await shell(`node ${HEALTHY} https://127.0.0.1:${port}/healthz`, folder)).code,
        ).toBe(0);
        expect((await shell(`node ${HEALTHY} http://127.0.0.1:${port}/healthz`, folder)).code).toBe(
          1,
        );
      } finally {
        stopping.abort();
        await served;
      }
    });

    it('does not begin with the key of another certificate', async () => {
      const mixed = { ...certificates.own(), key: other.own().key };
      const served = serveCluster(
        settingsWith(mixed),
        () => undefined,
        new AbortController().signal,
        () => undefined,
      );
      await expect(served).rejects.toThrow(
        /^api\.tlsCert, api\.tlsKey: no certificate and the key that belongs to it \(ERR_/,
      );
    });
  },
  { servers: [] },
);
