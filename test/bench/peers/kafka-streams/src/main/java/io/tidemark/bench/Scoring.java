package io.tidemark.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Folds a transaction into the 496 bytes of its customer and says so when the grade changes. The state
 * is read and written in place; records, decoders and buffers are used again.
 */
final class Scoring implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "states";
  private static final int FRAME_BYTES = 5;
  private static final int HEAD_BYTES = 16;
  private static final int ITEM_BYTES = 24;

  private final ScoringTable table;
  private final Schema output;
  private final Facts facts;
  private final GenericDatumReader<GenericRecord> reader;
  private final GenericDatumWriter<GenericRecord> writer;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(256);
  private GenericRecord event;
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> states;

  Scoring(ScoringTable table, Schema input, Schema output) {
    this.table = table;
    this.output = output;
    facts = new Facts(input);
    reader = new GenericDatumReader<>(input);
    writer = new GenericDatumWriter<>(output);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    states = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    byte[] value = record.value();
    try {
      decoder =
          DecoderFactory.get()
              .binaryDecoder(value, FRAME_BYTES, value.length - FRAME_BYTES, decoder);
      event = reader.read(event, decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    byte[] bytes = states.get(record.key());
    if (bytes == null) bytes = newState();
    ByteBuffer state = ByteBuffer.wrap(bytes);
    long total = fold(state);
    int grade = ScoringTable.level(table.bands(), total);
    int previous = (int) state.getLong(0);
    if (grade == previous) {
      states.put(record.key(), bytes);
      return;
    }
    long sequence = state.getLong(8) + 1;
    state.putLong(0, grade).putLong(8, sequence);
    states.put(record.key(), bytes);
    byte[] change = changeOf(value, sequence, previous, grade, total);
    context.forward(record.withValue(change));
  }

  private byte[] newState() {
    byte[] bytes = new byte[HEAD_BYTES + ITEM_BYTES * table.items().length];
    ByteBuffer.wrap(bytes).putLong(0, 1);
    return bytes;
  }

  private long fold(ByteBuffer state) {
    int bits = facts.of(event);
    long slot = facts.slotOf(event);
    long amount = facts.amountOf(event);
    long total = 0;
    int at = HEAD_BYTES;
    for (ScoringTable.Item item : table.items()) {
      long count = state.getLong(at);
      long sum = state.getLong(at + 8);
      if (slot - state.getLong(at + 16) > item.window()) {
        count = 0;
        sum = 0;
      }
      if ((bits & item.mask()) == item.mask()) {
        count += 1;
        sum += amount;
        state.putLong(at + 16, slot);
      }
      state.putLong(at, count).putLong(at + 8, sum);
      total += item.weight() * ScoringTable.level(item.thresholds(), item.bySum() ? sum : count);
      at += ITEM_BYTES;
    }
    return total;
  }

  private byte[] changeOf(byte[] value, long sequence, int previous, int grade, long total) {
    GenericRecord change = new GenericData.Record(output);
    change.put("institution", event.get("institution"));
    change.put("customer", event.get("customer"));
    change.put("sequence", sequence);
    change.put("previousGrade", previous);
    change.put("grade", grade);
    change.put("total", total);
    change.put("occurredAt", event.get("occurredAt"));
    change.put("eventId", event.get("id"));
    buffer.reset();
    // the frame of the input's schema id, without a registry: the bodies are what is compared
    buffer.write(value, 0, FRAME_BYTES);
    try {
      encoder = EncoderFactory.get().binaryEncoder(buffer, encoder);
      writer.write(change, encoder);
      encoder.flush();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return buffer.toByteArray();
  }
}
