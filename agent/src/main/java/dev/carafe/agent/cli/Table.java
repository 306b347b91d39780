package dev.carafe.agent.cli;

import java.io.PrintStream;
import java.util.List;

/** Rows under one another. */
final class Table {
  private Table() {}

  /**
   * Prints rows whose columns line up, two spaces apart; the last column ends where it ends.
   *
   * @param rows of one length, the header first
   */
  static void print(PrintStream out, List<List<String>> rows) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size() - 1; column++) {
        int at = column;
        int width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        line.append(row.get(column)).repeat(' ', width - row.get(column).length() + 2);
      }
      out.println(line.append(row.getLast()));
    }
  }
}
