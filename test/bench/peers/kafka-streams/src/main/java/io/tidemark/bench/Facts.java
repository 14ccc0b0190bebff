package io.tidemark.bench;

import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/** What the sub-items ask of a transaction, as bits; fields are found by position once. */
final class Facts {
  private static final long LARGE = 5_000_000;
  private static final long VERY_LARGE = 20_000_000;
  private static final long MS_PER_MINUTE = 60_000;
  private static final int EARLY_MINUTES = 10;
  private static final Map<String, Integer> KINDS =
      Map.of("cash", 1, "transfer", 1 << 1, "remittance", 1 << 2, "trade", 1 << 3);

  private final int kind;
  private final int direction;
  private final int amount;
  private final int occurredAt;
  private final int crossBorder;
  private final int channel;
  private final int country;
  private final int counterpartyKind;
  private final int device;
  private final int product;

  Facts(Schema schema) {
    kind = schema.getField("kind").pos();
    direction = schema.getField("direction").pos();
    amount = schema.getField("amountCny").pos();
    occurredAt = schema.getField("occurredAt").pos();
    crossBorder = schema.getField("crossBorder").pos();
    channel = schema.getField("channel").pos();
    country = schema.getField("counterpartyCountry").pos();
    counterpartyKind = schema.getField("counterpartyKind").pos();
    device = schema.getField("deviceId").pos();
    product = schema.getField("product").pos();
  }

  long amountOf(GenericRecord event) {
    return (Long) event.get(amount);
  }

  /** Minutes since 1970. */
  long slotOf(GenericRecord event) {
    return Math.floorDiv((Long) event.get(occurredAt), MS_PER_MINUTE);
  }

  int of(GenericRecord event) {
    int bits = KINDS.getOrDefault(event.get(kind).toString(), 0);
    bits |= event.get(direction).toString().equals("in") ? 1 << 4 : 1 << 5;
    if (Boolean.TRUE.equals(event.get(crossBorder))) bits |= 1 << 6;
    Object by = event.get(channel);
    if (by != null) bits |= by.toString().equals("online") ? 1 << 7 : 1 << 14;
    long cny = amountOf(event);
    if (cny >= LARGE) bits |= 1 << 8;
    if (cny >= VERY_LARGE) bits |= 1 << 9;
    if (slotOf(event) % 60 < EARLY_MINUTES) bits |= 1 << 10;
    if (isHighRisk(event.get(country))) bits |= 1 << 11;
    Object other = event.get(counterpartyKind);
    if (other != null && other.toString().equals("entity")) bits |= 1 << 12;
    if (event.get(device) != null) bits |= 1 << 13;
    if (event.get(product) != null) bits |= 1 << 15;
    return bits;
  }

  private static boolean isHighRisk(Object country) {
    if (country == null) return false;
    return switch (country.toString()) {
      case "AF", "IR", "KP", "MM" -> true;
      default -> false;
    };
  }
}
