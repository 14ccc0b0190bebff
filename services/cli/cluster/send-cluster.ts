import { producedInput, TOO_LONG, type WireTo } from '@tidemark/processor/wire-input';
import { wireJsonLog } from '@tidemark/processor/wire-json';
import { pause } from '@tidemark/engine/pause';
import type { ProducedRecord, Producer } from '@tidemark/engine/adapters/kafka/kafka';
import { readGlobals } from '@tidemark/processor/methodology-topic';
import { GLOBAL_TOPICS, INPUT_TOPICS } from '@tidemark/processor/topics';
import { countriesOf } from '@tidemark/rating/in-force/in-force';
import { decodeLine } from '@tidemark/rating/input-line';
import type { RefusedLine, SendLines } from '../client/send-lines';
import { pauseMs } from '../client/connection';
import { UsageFault } from '../exit';
import type { Line } from '../lines';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';

/**
 * Checks lines as an engine will, and produces their records to the topics of a cluster.
 * @param waitMs how long to keep trying while brokers or registry do not answer, or take nothing
 * @param use is given what sends lines
 */
export const sendingToCluster = <T>(
  options: ClusterOptions,
  waitMs: number,
  use: (send: SendLines) => Promise<T>,
): Promise<T> =>
  withCluster(
    options,
    [...INPUT_TOPICS, ...GLOBAL_TOPICS],
    async (cluster) => {
      const { kafka, wire, log } = cluster;
      // what records may name beside ISO 3166-1, the methodologies say
      const countries = countriesOf(await readGlobals(wireJsonLog(log(0), wire)));
      const producer = kafka.producer();
      return use(async (lines) => {
        const { records, refused } = producedOf(lines, cluster, countries);
        await produce(producer, records, waitMs, lines[0]?.number ?? 0);
        return { accepted: records.length, refused };
      });
    },
    waitMs,
  );

function producedOf(
  lines: readonly Line[],
  cluster: WireTo,
  countries: ReadonlySet<string>,
): { readonly records: readonly ProducedRecord[]; readonly refused: readonly RefusedLine[] } {
  const records: ProducedRecord[] = [];
  const refused: RefusedLine[] = [];
  for (const { text, number: line } of lines) {
    const decoded = decodeLine(text, countries);
    if (!decoded.ok) {
      const { code, reason } = decoded;
      refused.push({ line, code, reason });
      continue;
    }
    const produced = producedInput(cluster, decoded.value);
    if (produced === undefined) {
      const { code, reason } = TOO_LONG;
      refused.push({ line, code, reason });
    } else {
      records.push(produced);
    }
  }
  return { records, refused };
}

/** Again and again until the brokers take it: sent twice it changes nothing. */
async function produce(
  producer: Producer,
  records: readonly ProducedRecord[],
  waitMs: number,
  firstLine: number,
): Promise<void> {
  if (records.length === 0) return;
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await producer.send(records);
      return;
    } catch (error) {
      if (performance.now() < end) {
        await pause(pauseMs(attempt));
        continue;
      }
      const why = error instanceof Error ? error.message : 'no answer';
      throw new UsageFault(
        `the cluster takes nothing (${why}); nothing of the lines from ${firstLine} on is known to be stored, send them again later`,
      );
    }
  }
}
