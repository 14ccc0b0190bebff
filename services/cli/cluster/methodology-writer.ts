import type { Producer } from '@tidemark/engine/adapters/kafka/kafka';
import type { TopicNames } from '@tidemark/engine/adapters/kafka/topic-names';
import type { TopicWriter } from '@tidemark/engine/ports';
import type { Wire } from '@tidemark/processor/wire';
import type { MethodologyVersion } from '@tidemark/schemas/records';

/** Writes what is in JSON to the topic of methodologies, under their names. */
export function methodologyWriter(producer: Producer, names: TopicNames, wire: Wire): TopicWriter {
  return {
    append: async (logical, values) => {
      const { topic } = names.of(logical);
      const records = values.map((value) => {
        const version: MethodologyVersion = JSON.parse(Buffer.from(value).toString('utf8'));
        const key = `${version.id}@${version.version}`;
        return { topic, partition: 0, key, value: wire.encode('methodology', version) };
      });
      const written = await producer.send(records);
      return written.get(`${topic}/0`) ?? 0;
    },
  };
}
