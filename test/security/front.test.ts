import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { timesOf } from '@tidemark/api/context';
import { openFront, type Front } from '@tidemark/api/front';
import { certificatesIn, type Certificates } from '../integration/cluster/certificates';

const LISTEN = { host: '127.0.0.1', port: 0 };
const WAITS = { waiting: () => [], metrics: () => '', isAllowed: () => false };
const REQUEST = 'GET /v1/customers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';

/** All that comes until the other side closes. */
const said = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });

describe.each(['plain', 'TLS'])('the port of the HTTP interface of a cluster, %s', (how) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-front-'));
  let certificates: Certificates;
  let front: Front;
  const open = async (requestMs: number): Promise<void> => {
    const tls = how === 'TLS' ? certificates.own() : undefined;
    front = await openFront({ listen: LISTEN, tls }, timesOf({ requestMs }), WAITS);
  };
  const talk = (): Socket =>
    how === 'TLS'
      ? connectTls({ port: front.port, host: 'localhost', ca: certificates.ca() })
      : connect(front.port, '127.0.0.1');

  beforeAll(() => {
    certificates = certificatesIn(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => front.close());

  it('is answered by whoever takes it over', async () => {
    await open(60_000);
    const before = talk();
    before.write(`${REQUEST}\r\n`);
    expect(await said(before)).toContain('503 Service Unavailable');
    front.handOver((_request, response) => void response.end('another'));
    const after = talk();
    after.write(`${REQUEST}\r\n`);
    expect(await said(after)).toContain('another');
  });

  it('cuts off a request that does not come to its end, and one that does not begin', async () => {
    await open(300);
    const slow = talk();
    slow.write(REQUEST);
    expect(await said(slow)).not.toContain('503');
    await said(connect(front.port, '127.0.0.1'));
  });

  it('closes whatever is open when it ends', async () => {
    await open(3_600_000);
    const silent = connect(front.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const half = talk();
    half.write(REQUEST);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = Promise.all([said(silent), said(half)]);
    await front.close();
    await ended;
  });
});
