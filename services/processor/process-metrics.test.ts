import { observe } from '@tidemark/engine/measures';
import { ownText } from './process-metrics';
import { workerMetrics } from './worker-metrics';

const told = (metrics: ReturnType<typeof workerMetrics>): string[] =>
  ownText({ component: 'processor', isReady: true, freshness: metrics.freshness() }, [])
    .split('\n')
    .filter((line) => line.startsWith('tidemark_freshness_records_total'));

describe('the records that the objective counts', () => {
  it('are told from the start, before there is a partition: an increase from nothing is not seen', () => {
    expect(told(workerMetrics())).toEqual([
      'tidemark_freshness_records_total{late="no"} 0',
      'tidemark_freshness_records_total{late="yes"} 0',
    ]);
  });

  it('are those of all partitions, also of those that went to others: late is what took over a second', () => {
    const metrics = workerMetrics();
    for (const seconds of [0.002, 1, 1.001, 90]) observe(metrics.of(0).freshness, seconds, 10);
    observe(metrics.of(7).freshness, 0.3);
    // nothing is kept any more
    expect(metrics.measured([], () => [])).toEqual([]);
    expect(told(metrics)).toEqual([
      'tidemark_freshness_records_total{late="no"} 21',
      'tidemark_freshness_records_total{late="yes"} 20',
    ]);
  });
});
