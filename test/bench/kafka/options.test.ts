import { readOptions, PARTS } from './options';
import { bestOf, OURS, PEER, throughputSection } from './sections';
import type { Measured } from './throughput';

describe('the options of the Kafka benchmark', () => {
  it('are those of the full run without any', () => {
    expect(readOptions([])).toEqual({
      events: 1_000_000,
      customers: 100_000,
      rounds: 3,
      rate: 5_000,
      seconds: 30,
      rebuild: 1_000_000,
      parts: [...PARTS],
      out: undefined,
    });
  });

  it('shrink customers and rebuild with the events', () => {
    expect(readOptions(['latency', '--events', '50000'])).toMatchObject({
      customers: 5_000,
      rebuild: 50_000,
      parts: ['latency'],
    });
  });

  it('are refused with what is wrong and the usage', () => {
    expect(readOptions(['speed'])).toMatch(/^no part speed\n\nnpm run bench:kafka/);
    expect(readOptions(['--rounds', '0'])).toMatch(/^not a whole number above 0: --rounds\n/);
    expect(readOptions(['--fast'])).toMatch(/--fast/);
  });
});

describe('the report on throughput', () => {
  const runsAt = (name: string, rates: readonly number[]): Measured => ({
    name,
    changes: 8,
    runs: rates.map((eventsPerSecond) => ({
      ...{ eventsPerSecond, cpuSecondsPerMillion: 1 },
      ...{ startSeconds: 1, peakMegabytes: 1 },
    })),
  });
  const measured = [
    runsAt('Tidemark, 1 process', [100, 300, 200]),
    runsAt('Tidemark, 2 processes', [500, 150, 150]),
    runsAt('Tidemark with the default methodology, 1 process', [900, 900, 900]),
    runsAt('Kafka Streams, 1 thread', [90, 90, 10]),
    runsAt('Kafka Streams, 2 threads', [80, 200, 40]),
    runsAt('kafkajs, consume and decode', [400, 400, 400]),
  ];

  it('compares the settings that are best in the median', () => {
    expect(bestOf(measured, PEER)?.name).toBe('Kafka Streams, 1 thread');
    expect(bestOf(measured, OURS)?.name).toBe('Tidemark, 1 process');
    const { findings } = throughputSection(measured, { events: 1_000, customers: 10 });
    expect(findings.slice(0, 2)).toMatchObject([
      { value: 200 / 90, target: { atLeast: 2 } },
      { value: 0.5, target: { atLeast: 0.6 } },
    ]);
    expect(findings[2]).toMatchObject({ value: 10, target: { atLeast: 1.2 } });
  });

  it('leaves out what was not measured', () => {
    const { findings } = throughputSection(measured.slice(0, 1), { events: 1_000, customers: 10 });
    expect(findings.map(({ measure }) => measure)).toEqual(['Tidemark, 1 process']);
  });
});
