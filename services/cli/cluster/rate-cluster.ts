import { wireJsonLog } from '@tidemark/processor/wire-json';
import type { LogRecord, TopicLog } from '@tidemark/engine/ports';
import { readGlobals } from '@tidemark/processor/methodology-topic';
import { GLOBAL_TOPICS, INPUT_TOPICS } from '@tidemark/processor/topics';
import { wireLog } from '@tidemark/processor/wire-log';
import { overWire } from '@tidemark/processor/wire-machine';
import { NO_VERSION, methodologyOf, versionAt } from '@tidemark/rating/in-force/in-force';
import type { RatingGlobals } from '@tidemark/rating/in-force/globals';
import type { Methodology } from '@tidemark/rating/methodology/methodology';
import type { DeadLetter, InputRecord } from '@tidemark/schemas/records';
import { InternalFault, UsageFault } from '../exit';
import { acceptRecord, newJob, type Job, type JobEvents } from '../job';
import { withCluster } from './cluster';
import type { ClusterOptions } from './cluster-options';
import { inTimeOrder, type Stream } from './time-order';

export interface RateSettings {
  /** Undefined: the published one that is in force then. */
  readonly methodology: Methodology | undefined;
  /** Records of later times are set aside and counted, UTC milliseconds. */
  readonly asOf: number | undefined;
  readonly events: JobEvents;
  /** So many more records were read. */
  readonly advance: (records: number) => void;
}

const READ = { records: 1_000, bytes: 1 << 20 };

/**
 * The job of all records that the input topics of a cluster hold now, accepted in order of their times
 * as far as each topic is in order itself.
 */
export const jobOfCluster = (options: ClusterOptions, settings: RateSettings): Promise<Job> =>
  withCluster(options, [...INPUT_TOPICS, ...GLOBAL_TOPICS], async (cluster) => {
    const { wire, log, partitions, names } = cluster;
    const { asOf, events, advance } = settings;
    const published = await readGlobals(wireJsonLog(log(0), wire));
    const methodology = settings.methodology ?? inForce(published, asOf);
    const job = newJob(methodology);
    const globals = settings.methodology === undefined ? published : job.partition.globals;
    const { decode } = overWire(wire);

    /** Undefined: it is refused, or set aside. */
    const taken = (topic: string, partition: number, record: LogRecord): Taken | undefined => {
      const source = { topic: names.of(topic).topic, partition, offset: record.offset };
      job.counts.events += 1;
      const decoded = decode(topic, record.value, globals);
      if (!decoded.ok) {
        job.counts.refused += 1;
        const { reason, code, field } = decoded;
        const payload = Buffer.from(record.value).toString('base64');
        events.deadLetter({ reason, code, field, source, payload });
        return undefined;
      }
      if (asOf === undefined || decoded.value.occurredAt <= asOf) {
        return { record: decoded.value, source };
      }
      job.counts.afterAsOf += 1;
      return undefined;
    };
    const streams: Stream<Taken>[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const settled = wireLog(log(partition), wire.book);
      for (const topic of INPUT_TOPICS) {
        streams.push(
          await streamOf(settled, topic, (record) => taken(topic, partition, record), advance),
        );
      }
    }
    await inTimeOrder(
      streams,
      ({ record }) => record.occurredAt,
      (one) => take(job, one, events),
    );
    return job;
  });

interface Taken {
  readonly record: InputRecord;
  readonly source: DeadLetter['source'] & { readonly offset: number };
}

function inForce(published: RatingGlobals, asOf = Number.MAX_SAFE_INTEGER): Methodology {
  const version = versionAt(published, asOf);
  if (version !== NO_VERSION) return methodologyOf(published, version);
  throw new UsageFault(
    "no methodology is in force in the cluster then: publish one with 'tidemark methodology publish', or name one with --methodology",
  );
}

/** From what is kept up to the present end. */
async function streamOf<T>(
  log: TopicLog,
  topic: string,
  taken: (record: LogRecord) => T | undefined,
  advance: (records: number) => void,
): Promise<Stream<T>> {
  const { first, next: end } = await log.bounds(topic);
  let at = first;
  return {
    more: async () => {
      while (at < end) {
        const { records, next } = await log.read(topic, at, READ);
        if (next === at) break;
        at = next;
        advance(records.length);
        const found = records.flatMap((record) => {
          const one = record.offset < end ? taken(record) : undefined;
          return one === undefined ? [] : [one];
        });
        if (found.length > 0) return found;
      }
      return [];
    },
  };
}

function take(job: Job, { record, source }: Taken, events: JobEvents): void {
  try {
    acceptRecord(job, record, events, () => JSON.stringify(record), source);
  } catch (cause) {
    const at = 'topic' in source ? `${source.topic}/${source.partition}@${source.offset}` : 'input';
    throw new InternalFault(`stopped at ${at}`, { cause });
  }
}
