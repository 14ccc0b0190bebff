import {
  InMemorySpanExporter,
  BasicTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Commit, Headers, LogRecord, OutputRecord } from '@tidemark/engine/ports';
import type { Journal } from '@tidemark/schemas/records';
import { tracedPorts } from './traced-ports';
import type { TracedPorts } from './tracing';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const header = (flags: string): Headers => ({ traceparent: `00-${TRACE}-${PARENT}-${flags}` });

const recordAt = (offset: number, headers?: Headers): LogRecord => ({
  ...{ offset, value: new Uint8Array(1) },
  ...(headers === undefined ? {} : { headers }),
});

const outputOf = (topic: string, record?: LogRecord): OutputRecord => ({
  ...{ topic, key: 'institution:customer', value: new Uint8Array(1) },
  origin: record === undefined ? undefined : { topic: 'transactions', record },
});

const commitOf = (from: number, next: number, outputs: readonly OutputRecord[] = []): Commit => {
  const slices = [{ topic: 'transactions', from, next, count: next - from, hash: '', clock: 0 }];
  const refused = [{ topic: 'transactions', offset: 3, code: 'undecodable' }];
  const journal = { step: 7, slices, refused } as unknown as Journal;
  return { journal, bytes: new Uint8Array(0), outputs, checkpoint: undefined };
};

/** Ports over a log of these records and a ledger that keeps, or refuses, what it is given. */
function traced(records: readonly LogRecord[]) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const written: OutputRecord[] = [];
  let refuses = false;
  const never = (): never => {
    throw new Error('nobody asks for it');
  };
  const ports: TracedPorts = {
    inputs: {
      ...{ bounds: never, changed: never },
      read: async (_topic, from) => ({ records: records.slice(from), next: records.length }),
    },
    ledger: {
      ...{ fence: never, last: never, read: never },
      commit: async (_owner, { outputs }) => {
        if (refuses) throw new Error('no verdict');
        written.push(...outputs);
        return 0;
      },
    },
  };
  const place = { partition: 4, topicOf: (logical: string) => `t.${logical}.v1` };
  const { inputs, ledger } = tracedPorts(provider.getTracer('test'), ports, place);
  return {
    written,
    spans: () => exporter.getFinishedSpans(),
    read: (from = 0) => inputs.read('transactions', from, { records: 10, bytes: 1_000 }),
    commit: (commit: Commit) => ledger.commit(1, commit),
    refuse: (is: boolean) => {
      refuses = is;
    },
  };
}

describe('ports that are traced', () => {
  it('make a span of a record that says to which trace it belongs, and hand it on with what came of it', async () => {
    const first = recordAt(0, header('01'));
    const { read, commit, spans, written } = traced([first, recordAt(1)]);
    await read();
    const other = outputOf('grade-changes', recordAt(1));
    await commit(commitOf(0, 2, [outputOf('grade-changes', first), other, outputOf('ratings')]));
    expect(spans()).toHaveLength(1);
    const [span] = spans();
    expect(span?.name).toBe('decide t.transactions.v1');
    expect(span?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT });
    expect(span?.attributes).toMatchObject({
      'messaging.destination.partition.id': '4',
      'messaging.kafka.offset': 0,
      'tidemark.step': 7,
      'tidemark.outputs': ['grade-changes'],
    });
    expect(JSON.stringify(span?.attributes)).not.toContain('customer');
    const traceparent = `00-${TRACE}-${span?.spanContext().spanId}-01`;
    expect(written.map(({ headers }) => headers)).toEqual([{ traceparent }, undefined, undefined]);
  });

  it('say of a refused record why, and of one that is not sampled nothing but to those behind', async () => {
    const quiet = recordAt(2, header('00'));
    const bad = recordAt(3, header('01'));
    const { read, commit, spans, written } = traced([recordAt(0), recordAt(1), quiet, bad]);
    await read();
    await commit(commitOf(0, 4, [outputOf('grade-changes', quiet), outputOf('dead-letters', bad)]));
    expect(spans().map(({ attributes }) => attributes['tidemark.refused'])).toEqual([
      'undecodable',
    ]);
    const passed = written[0]?.headers?.['traceparent'];
    expect(passed).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  });

  it('wait with a record until its own step, and begin anew when it is read again after a failure', async () => {
    const { read, commit, refuse, spans } = traced([0, 1].map((at) => recordAt(at, header('01'))));
    await read();
    await commit(commitOf(0, 1));
    expect(spans()).toHaveLength(1);
    refuse(true);
    await expect(commit(commitOf(1, 2))).rejects.toThrow('no verdict');
    expect(spans().map(({ status }) => status.code)).toEqual([0, 2]);
    refuse(false);
    await read(1);
    await commit(commitOf(1, 2));
    expect(spans().map(({ attributes }) => attributes['messaging.kafka.offset'])).toEqual([
      0, 1, 1,
    ]);
  });

  it('let go of records that another step than the next has decided, and of headers that are none', async () => {
    const records = [recordAt(0, header('01')), recordAt(1, { traceparent: 'nonsense' })];
    const { read, commit, spans } = traced(records);
    await read();
    await commit(commitOf(1, 2));
    await commit(commitOf(0, 2));
    expect(spans()).toEqual([]);
  });
});
