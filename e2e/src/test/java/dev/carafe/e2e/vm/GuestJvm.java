package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/**
 * JUnit classes of any module, run in a virtual machine by one JVM, since a JVM is slow there. What
 * each test did comes back as a test of its own.
 */
final class GuestJvm {
  /** Ends what hangs; on a busy host emulation takes many times as long as on an idle one. */
  private static final int SECONDS = 900;

  private GuestJvm() {}

  /**
   * Runs the classes.
   *
   * @param share a directory that the guest may write to
   * @param properties system properties of the guest's JVM
   * @param classes names of test classes on the class path of e2e or runtime-core
   * @param skips a regular expression of the only tests that may be skipped there
   */
  static Stream<DynamicTest> run(
      VirtualMachine machine,
      Path share,
      Map<String, String> properties,
      List<String> classes,
      String skips)
      throws Exception {
    return run(machine, share, SECONDS, properties, classes, skips);
  }

  /** The same with a limit of its own, in seconds, after which the machine is ended. */
  static Stream<DynamicTest> run(
      VirtualMachine machine,
      Path share,
      int seconds,
      Map<String, String> properties,
      List<String> classes,
      String skips)
      throws Exception {
    Path arguments = Files.write(share.resolve("arguments"), arguments(properties, classes));
    Command result =
        machine.run(
            share,
            seconds,
            VirtualMachine.HOME.resolve("e2e/vm/junit").toString(),
            System.getProperty("java.home"),
            arguments.toString());
    assertThat(result.exit())
        .as("%s said%n%s%s", machine, result.stdout(), result.stderr())
        .isZero();
    List<GuestResult> results = GuestResult.parse(result.stdout());
    for (String name : classes) {
      String simple = name.substring(name.lastIndexOf('.') + 1);
      assertThat(results).as(result.stdout()).anyMatch(r -> r.test().startsWith(simple + "."));
    }
    return results.stream()
        .map(r -> DynamicTest.dynamicTest(r.test() + " on " + machine, () -> check(r, skips)));
  }

  private static void check(GuestResult result, String skips) {
    switch (result.outcome()) {
      case PASSED -> {}
      case FAILED -> throw new AssertionError(result.details());
      case SKIPPED -> {
        assertThat(result.test()).as("skipped: %s", result.details()).matches(skips);
        throw new TestAbortedException(result.details());
      }
    }
  }

  /** An arguments file of java(1). */
  private static List<String> arguments(Map<String, String> properties, List<String> classes) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcarafe.libexec=" + System.getProperty("carafe.libexec"),
                "-Dcarafe.home=" + VirtualMachine.HOME));
    properties.forEach((key, value) -> words.add("-D" + key + "=" + value));
    words.add("-cp");
    words.add(
        System.getProperty("java.class.path")
            + ":"
            + VirtualMachine.HOME.resolve("runtime-core/target/test-classes"));
    words.add(GuestTests.class.getName());
    words.addAll(classes);
    return words;
  }
}
