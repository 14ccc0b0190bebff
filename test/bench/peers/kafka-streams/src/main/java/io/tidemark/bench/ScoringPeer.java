package io.tidemark.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/**
 * The scoring of the benchmark in Kafka Streams with exactly_once_v2 and RocksDB. Everything else is
 * as it comes: commit interval 100 ms, a changelog for the store. Arguments are pairs: --name value.
 */
public final class ScoringPeer {
  private ScoringPeer() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i].substring(2), args[i + 1]);
    ScoringTable table = ScoringTable.read(Path.of(options.get("table")));
    Schema input = schemaOf(options.get("input-schema"));
    Schema output = schemaOf(options.get("output-schema"));

    StreamsBuilder builder = new StreamsBuilder();
    var store =
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(Scoring.STORE), Serdes.ByteArray(), Serdes.ByteArray());
    boolean isCached = !options.get("cache-bytes").equals("0");
    builder.addStateStore(isCached ? store.withCachingEnabled() : store);
    builder.stream(options.get("input"), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .process(() -> new Scoring(table, input, output), Scoring.STORE)
        .to(options.get("output"), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));

    KafkaStreams streams = new KafkaStreams(builder.build(), properties(options));
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  // without it a restart would wait for the session of this one to end
                  streams.close(new KafkaStreams.CloseOptions().leaveGroup(true));
                  stopped.countDown();
                }));
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) System.out.println("{\"running\":true}");
          if (now == KafkaStreams.State.ERROR) System.exit(1);
        });
    streams.start();
    stopped.await();
  }

  private static Properties properties(Map<String, String> options) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, options.get("application"));
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.get("brokers"));
    properties.put(StreamsConfig.STATE_DIR_CONFIG, options.get("state-dir"));
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.get("threads"));
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, options.get("cache-bytes"));
    properties.put("auto.offset.reset", "earliest");
    return properties;
  }

  private static Schema schemaOf(String file) throws Exception {
    return new Schema.Parser().parse(Files.readString(Path.of(file)));
  }
}
