import type { Origin } from './ports';
import { PartitionStopped } from './errors';
import type { Work } from './machine';

/**
 * What the machine throws at what it is given would be thrown again after every recovery: it stops the
 * partition. No message names a key: it names a customer, and may reach a log.
 */

/** At a record, which can be passed over. @param id of the record, where a log may have it */
export const cannotTake = (
  topic: string,
  partition: number,
  offset: number,
  cause: unknown,
  id?: string,
): PartitionStopped =>
  new PartitionStopped(
    `the machine cannot take ${topic}/${partition}@${offset}${id === undefined ? '' : `, event ${id}`}. Mend it, or pass the record over: tidemark skip`,
    { cause, reason: 'record', place: { topic, offset } },
  );

/** In a decision, or in what follows from it: at a tick and in a sweep nothing can be passed over. */
export const cannotGoOn = (
  partition: number,
  step: number,
  kind: Work<unknown>['kind'],
  origin: Origin | undefined,
  cause: unknown,
  id?: string,
): PartitionStopped =>
  origin === undefined
    ? new PartitionStopped(
        `the machine cannot decide a ${kind} in step ${step}: run a build that can`,
        { cause, reason: 'version' },
      )
    : cannotTake(origin.topic, partition, origin.record.offset, cause, id);

/** Of when event time looks at the clock next: the record that moves it on is not to blame. */
export const cannotTick = (partition: number, cause: unknown): PartitionStopped =>
  new PartitionStopped(
    `the machine cannot say when the next tick of partition ${partition} is: run a build that can`,
    { cause, reason: 'version' },
  );

/** What was published stands, so a state has to take it over. */
export const cannotAdopt = (partition: number, step: number, cause: unknown): PartitionStopped =>
  new PartitionStopped(
    `this build cannot take over what step ${step} of partition ${partition} has published: run the build that published it, or one that can`,
    { cause, reason: 'version' },
  );

/** Stores give what was written, or say that it is lost: the same bytes would come again. */
export const cannotRead = (partition: number, cause: unknown): PartitionStopped =>
  new PartitionStopped(
    `this build cannot read a state of partition ${partition}: run the build that wrote it, or one that can`,
    { cause, reason: 'version' },
  );

export const cannotWrite = (partition: number, cause: unknown): PartitionStopped =>
  new PartitionStopped(
    `this build cannot write a state of partition ${partition}: run a build that can`,
    { cause, reason: 'version' },
  );
