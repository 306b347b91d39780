package dev.carafe.runtime.cgroup;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * One write to one file of a cgroup.
 *
 * @param file what is written
 * @param value by one write(2)
 * @param undo makes the value to write back from what the file said before
 */
record Setting(Path file, String value, UnaryOperator<String> undo) {
  Setting {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(undo, "undo");
  }

  /** A file that reads as it is written; an empty one is restored by a bare newline. */
  static Setting of(Path file, String value) {
    return new Setting(file, value, old -> old.isEmpty() ? "\n" : old);
  }

  /**
   * A line of a file that has one line a device.
   *
   * @param key what the line starts with, such as {@code 8:0}
   * @param reset what is written after the key when there was no such line before
   */
  static Setting keyed(Path file, String key, String value, String reset) {
    return new Setting(
        file,
        key + " " + value,
        old ->
            old.lines()
                .filter(line -> line.startsWith(key + " "))
                .findFirst()
                .orElse(key + " " + reset));
  }

  @Override
  public String toString() {
    return file + "=" + value;
  }
}
