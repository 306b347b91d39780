package dev.carafe.e2e.vm;

import java.util.ArrayList;
import java.util.List;

/**
 * What became of one test in the virtual machine.
 *
 * @param outcome how it ended
 * @param test its class and name, in one line
 * @param millis how long it took there, in ms
 * @param details why it was skipped, or the failure with its trace; empty when it passed
 */
record GuestResult(Outcome outcome, String test, long millis, String details) {
  /** How a test ended. */
  enum Outcome {
    PASSED,
    SKIPPED,
    FAILED
  }

  /** One line of four tab-separated fields; the details' line ends are escaped. */
  String line() {
    String flat = details.strip().replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
    return outcome + "\t" + test + "\t" + millis + "\t" + flat + "\n";
  }

  /** The results among a program's output; what is none is left out. */
  static List<GuestResult> parse(String output) {
    List<GuestResult> results = new ArrayList<>();
    for (String line : output.lines().toList()) {
      String[] fields = line.split("\t", -1);
      if (fields.length == 4 && fields[0].matches("PASSED|SKIPPED|FAILED")) {
        results.add(
            new GuestResult(
                Outcome.valueOf(fields[0]),
                fields[1],
                Long.parseLong(fields[2]),
                fields[3].translateEscapes()));
      }
    }
    return results;
  }
}
