package dev.carafe.runtime.rdt.config;

import java.util.Objects;

/**
 * A place in the configuration file.
 *
 * @param path the way from the root, keys joined by dots; empty for the root
 * @param line from 1; 0 when unknown
 */
public record Where(String path, int line) {
  /** The whole file. */
  public static final Where FILE = new Where("", 0);

  public Where {
    Objects.requireNonNull(path, "path");
  }
}
