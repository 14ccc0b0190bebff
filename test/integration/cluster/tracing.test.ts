import { createServer, type Server } from 'node:http';
import { runMain } from '@tidemark/cli/run-main.fixture';
import type { InputRecord } from '@tidemark/schemas/records';
import { parseMetrics, valueOf } from '../../support/scraped';
import { schemaIds } from '../faults/world';
import { loadRecord } from '../faults/load';
import { workerOf, type Worker } from '../faults/workers';
import { headersIn, produceWith } from './kcat';
import { whenDone } from './processes';
import {
  describeWithServers,
  startKafka,
  startRedis,
  startRegistry,
  uniqueName,
  until,
} from './servers';

jest.setTimeout(300_000);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const CUSTOMER = 'traced-customer';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

/** What is sent by OTLP over HTTP in JSON. */
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** A collector that keeps what it is sent. */
async function startCollector(): Promise<{ readonly url: string; readonly sent: Sent[] }> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/v1/traces') sent.push(JSON.parse(Buffer.concat(parts).toString()));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  whenDone(() => closed(server));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, sent };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const spansOf = (sent: readonly Sent[]): Span[] =>
  sent.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );

describeWithServers('a trace', () => {
  let bootstrap = '';
  let topicOf: (name: string) => string = (name) => name;
  let environment: Record<string, string> = {};
  let schemas: ReadonlyMap<string, number> = new Map();
  let worker: Worker;

  beforeAll(async () => {
    const [kafka, registry, redis] = await Promise.all([
      startKafka(),
      startRegistry(),
      startRedis(),
    ]);
    ({ bootstrap } = kafka);
    const prefix = uniqueName('tracing');
    topicOf = (name) => `${prefix}.${name}.v1`;
    const where = ['--brokers', bootstrap, '--registry', registry.url, '--prefix', prefix];
    for (const args of [
      ['topics', 'apply', '--partitions', '1'],
      ['methodology', 'publish', 'cn-aml-bank'],
    ]) {
      expect(await runMain(...args, ...where)).toMatchObject({ code: 0 });
    }
    schemas = await schemaIds(registry.url, topicOf);
    environment = {
      ...{ TIDEMARK_KAFKA_BROKERS: bootstrap, TIDEMARK_REGISTRY_URL: registry.url },
      ...{ TIDEMARK_REDIS_URL: redis.url, TIDEMARK_PREFIX: prefix, TIDEMARK_APPLICATION: prefix },
    };
  }, 240_000);

  const produce = async (
    record: InputRecord,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const { topic, value, ...place } = loadRecord({ partitions: 1, schemas }, record);
    await produceWith(bootstrap, { ...place, topic: topicOf(topic) }, headers, value);
  };

  const decided = async (): Promise<number> => {
    const answer = await fetch(`${worker.url}/metrics`);
    return valueOf(parseMetrics(await answer.text()), 'tidemark_records_total') ?? 0;
  };

  /** An event that brings the first rating of a customer, of whom the kind alone is known before. */
  const send = async (customer: string, headers: Readonly<Record<string, string>>) => {
    const before = await decided();
    const envelope = { institution: 'bank', customer, occurredAt: Date.now() - 1_000 };
    const profile = { ...envelope, id: `${customer}-profile`, set: { customerKind: 'natural' } };
    await produce({ ...profile, type: 'profile-change' } as InputRecord, {});
    await until('the profile is known', async () => (await decided()) > before);
    const hit = { ...envelope, id: `${customer}-hit`, kind: 'control_list_hit', entryId: 'e-1' };
    await produce({ ...hit, type: 'risk-event' } as InputRecord, headers);
  };

  it('goes from the header of an event over the span of its decision to the grade change', async () => {
    const collector = await startCollector();
    worker = await workerOf('traced', {
      ...environment,
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' },
    });
    await worker.start();
    await until('it is ready', worker.isReady);
    await send(CUSTOMER, {
      ...{ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1', other: 'x' },
    });
    await send('another', {});
    const changes = topicOf('grade-changes');
    await until('both are rated', async () => (await headersIn(bootstrap, changes)).length === 2);
    await until('the span is there', () => spansOf(collector.sent).length > 0);

    const [span, ...more] = spansOf(collector.sent);
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      ...{ traceId: TRACE, parentSpanId: PARENT, name: `decide ${topicOf('risk-events')}` },
      attributes: expect.arrayContaining([
        { key: 'messaging.kafka.offset', value: { intValue: 0 } },
        {
          key: 'tidemark.outputs',
          value: {
            arrayValue: { values: expect.arrayContaining([{ stringValue: 'grade-changes' }]) },
          },
        },
      ]),
    });
    const [traced, untraced] = await headersIn(bootstrap, changes);
    expect(traced?.split(',').sort()).toEqual([
      `traceparent=00-${TRACE}-${span?.spanId}-01`,
      'tracestate=vendor=1',
    ]);
    expect(untraced).toBe('');
    const text = JSON.stringify(collector.sent);
    expect(text).toContain('tidemark-processor');
    expect(text).not.toContain(CUSTOMER);
    expect(await worker.stop()).toBe(0);
  });

  it('is not looked for where nobody collects, and what was traced is verified as all else', async () => {
    worker = await workerOf('untraced', environment);
    await worker.start();
    await until('it is ready', worker.isReady);
    await send('third', { traceparent: `00-${TRACE}-${PARENT}-01` });
    const changes = topicOf('grade-changes');
    await until('it is rated', async () => (await headersIn(bootstrap, changes)).length === 3);
    expect((await headersIn(bootstrap, changes))[2]).toBe('');
    expect(await worker.stop()).toBe(0);
    const place = [
      '--brokers',
      bootstrap,
      '--registry',
      environment['TIDEMARK_REGISTRY_URL'] ?? '',
    ];
    const names = ['--prefix', environment['TIDEMARK_PREFIX'] ?? ''];
    const own = ['--application', environment['TIDEMARK_APPLICATION'] ?? ''];
    expect(await runMain('verify', ...place, ...names, ...own)).toMatchObject({ code: 0 });
  });

  it('that cannot be sent holds nothing up: the log says so, and the process ends', async () => {
    worker = await workerOf('unheard', {
      ...environment,
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '100' },
      // it tries again until then
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    await worker.start();
    await until('it is ready', worker.isReady);
    const changes = topicOf('grade-changes');
    const before = (await headersIn(bootstrap, changes)).length;
    await send('fourth', { traceparent: `00-${TRACE}-${PARENT}-01` });
    await until('it is rated', async () => (await headersIn(bootstrap, changes)).length > before);
    await until('the log says so', () => worker.said().includes('traces-lost'));
    expect(await worker.stop()).toBe(0);
  });
});
