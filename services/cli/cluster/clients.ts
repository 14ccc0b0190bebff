import type { connectKafka } from '@tidemark/engine/adapters/kafka/kafkajs/kafka-client';
import type { connectRegistry } from '@tidemark/engine/adapters/registry/client';
import type { namesOf } from '@tidemark/processor/cluster-connections';

export interface Clients {
  readonly connectKafka: typeof connectKafka;
  readonly connectRegistry: typeof connectRegistry;
  readonly namesOf: typeof namesOf;
}

/** What talks to a cluster, loaded where there is one: else it were a quarter of the time of a start. */
export async function loadClients(): Promise<Clients> {
  const [kafka, registry, connections] = await Promise.all([
    import('@tidemark/engine/adapters/kafka/kafkajs/kafka-client'),
    import('@tidemark/engine/adapters/registry/client'),
    import('@tidemark/processor/cluster-connections'),
  ]);
  return {
    connectKafka: kafka.connectKafka,
    connectRegistry: registry.connectRegistry,
    namesOf: connections.namesOf,
  };
}
