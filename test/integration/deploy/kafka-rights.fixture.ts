import { linkTo } from '@tidemark/engine/adapters/kafka/kafkajs/fetch-broker';
import { fetchExchange } from '@tidemark/engine/adapters/kafka/kafkajs/fetch-request';
import { kafkaName } from '@tidemark/engine/adapters/kafka/topic-names';
import type { Settings } from '@tidemark/processor/configuration';
import { TOPICS } from '@tidemark/processor/topic-settings';
import {
  AclPermissionTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type AclEntry,
  type AclOperationTypes,
  type AclResourceTypes,
} from 'kafkajs';
import { clientsOf } from '../cluster/kafkajs-clients';
import { whenDone } from '../cluster/processes';
import { userOf, type Principal, type SecureWorld } from './kafka-access.fixture';

interface Resource {
  readonly type: AclResourceTypes;
  readonly name: string;
  readonly isPrefix?: boolean;
}

export interface Rights {
  /** Takes one right of a principal away for as long as `meanwhile` takes. */
  readonly without: (
    principal: Principal,
    resource: Resource,
    operation: AclOperationTypes,
    meanwhile: () => Promise<void>,
  ) => Promise<void>;
}

/** @param bootstrap where nobody is asked who he is */
export async function rightsIn(bootstrap: string): Promise<Rights> {
  const { admin } = await clientsOf(bootstrap);
  return {
    without: async (principal, { type, name, isPrefix = false }, operation, meanwhile) => {
      const entry: AclEntry = {
        ...{ principal: `User:${userOf(principal)}`, host: '*', operation },
        permissionType: AclPermissionTypes.ALLOW,
        ...{ resourceType: type, resourceName: name },
        resourcePatternType: isPrefix
          ? ResourcePatternTypes.PREFIXED
          : ResourcePatternTypes.LITERAL,
      };
      const { filterResponses } = await admin.deleteAcls({ filters: [entry] });
      expect(filterResponses[0]?.matchingAcls).toHaveLength(1);
      try {
        await meanwhile();
      } finally {
        await admin.createAcls({ acl: [entry] });
      }
    },
  };
}

/** The topics that a user can read: all are asked for in one request, and answered one by one. */
export async function readableBy({ kafka }: Settings): Promise<readonly string[]> {
  const [host = '', port = ''] = kafka.brokers[0]?.split(':') ?? [];
  const link = linkTo({ ...kafka, clientId: 'test' }, () => ({ host, port: Number(port) }));
  const asked = TOPICS.map(({ name }) => ({
    ...{ topic: kafkaName('tidemark', name), partition: 0 },
    from: 0,
  }));
  try {
    const limits = { waitMs: 0, bytes: 1 << 20, partitionBytes: 1_000 };
    const answers = await link.send(fetchExchange(asked, limits));
    expect(answers).toHaveLength(asked.length);
    return answers.filter(({ errorCode }) => errorCode === 0).map((answer) => answer.topic);
  } finally {
    link.drop();
  }
}

/** A subscriber with another client, in its group. @returns the keys that it has read so far */
export async function changeSeen(world: SecureWorld, name: string): Promise<() => string[]> {
  const { tls, sasl } = world.settings('subscriber').kafka;
  if (tls === undefined || sasl?.mechanism !== 'scram-sha-512') throw new Error('not secured');
  const kafka = new Kafka({
    clientId: 'subscriber',
    brokers: [world.kafka.secured],
    ssl: { ...tls },
    sasl: { ...sasl, mechanism: 'scram-sha-512' },
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: 'tidemark-subscriber' });
  const seen: string[] = [];
  await consumer.connect();
  whenDone(() => consumer.disconnect());
  await consumer.subscribe({ topic: kafkaName('tidemark', name), fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(message.key?.toString('utf8') ?? '');
      return Promise.resolve();
    },
  });
  return () => seen;
}
