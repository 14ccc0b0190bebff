package io.tidemark.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The sub-items as scoring-table.csv states them; the other side of the benchmark reads the same file. */
record ScoringTable(Item[] items, long[] bands) {

  /** What raises a sub-item, for how long it counts, and from which values on its score is higher. */
  record Item(int mask, long window, boolean bySum, long[] thresholds, long weight) {}

  static ScoringTable read(Path file) throws IOException {
    List<Item> items = new ArrayList<>();
    long[] bands = new long[0];
    for (String line : Files.readAllLines(file)) {
      String[] cells = line.split(",");
      if (cells[0].equals("item")) {
        items.add(
            new Item(
                Integer.parseInt(cells[1]),
                Long.parseLong(cells[2]),
                cells[3].equals("sum"),
                numbers(cells, 4, 8),
                Long.parseLong(cells[8])));
      } else if (cells[0].equals("bands")) {
        bands = numbers(cells, 1, 5);
      }
    }
    return new ScoringTable(items.toArray(new Item[0]), bands);
  }

  private static long[] numbers(String[] cells, int from, int to) {
    long[] numbers = new long[to - from];
    for (int i = from; i < to; i++) numbers[i - from] = Long.parseLong(cells[i]);
    return numbers;
  }

  /** One more for each bound that the value reaches. */
  static int level(long[] bounds, long value) {
    int level = 1;
    for (long bound : bounds) if (value >= bound) level++;
    return level;
  }
}
