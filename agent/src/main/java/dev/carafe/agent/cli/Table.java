package dev.carafe.agent.cli;

import java.io.PrintStream;
import java.util.List;

/** Rows under one another. */
final class Table {
  private static final int GAP = 2;

  private Table() {}

  /**
   * Prints rows whose columns line up, two spaces apart; the last column ends where it ends.
   *
   * @param rows of one length, the header first
   */
  static void print(PrintStream out, List<List<String>> rows) {
    print(out, rows, Integer.MAX_VALUE);
  }

  /**
   * The same with numbers on the right.
   *
   * @param texts how many columns, from the left, are flush left; those after them are flush right
   */
  static void print(PrintStream out, List<List<String>> rows, int texts) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        int padding = width(rows, column) - cell.length();
        line.repeat(' ', column < texts ? 0 : padding).append(cell);
        line.repeat(' ', column < texts ? padding + GAP : GAP);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
