package dev.carafe.runtime.cli;

import dev.carafe.runtime.spec.Spec;

/** What {@code --version} prints; callers parse the beginnings of the first three lines. */
final class Version {
  /** Of this runtime. */
  static final String NUMBER = "0.1.0";

  private Version() {}

  static String text(String program) {
    return program
        + " version "
        + NUMBER
        + "\ncommit: "
        + NUMBER
        + "\nspec: "
        + Spec.VERSION
        + "\njava: "
        + Runtime.version()
        + "\n";
  }
}
