package dev.carafe.runtime.rdt.config;

import java.util.Objects;

/** An RDT configuration that can't be used. The message is {@code PATH: reason}. */
public final class RdtConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String path;
  private final int line;

  /**
   * A refusal.
   *
   * @param where what is wrong
   * @param reason what is wrong with it, and what was expected
   */
  public RdtConfigException(Where where, String reason) {
    super(where.path().isEmpty() ? reason : where.path() + ": " + reason);
    Objects.requireNonNull(reason, "reason");
    this.path = where.path();
    this.line = where.line();
  }

  /** The way from the file's root, as {@code partitions.p1.classes.gold.l3Allocation.all}. */
  public String path() {
    return path;
  }

  /** From 1; 0 when nothing in the file stands for it. */
  public int line() {
    return line;
  }

  /** The whole sentence for a person, as {@code FILE:LINE: PATH: reason}. */
  public String describe(String file) {
    return (line == 0 ? file : file + ":" + line) + ": " + getMessage();
  }
}
