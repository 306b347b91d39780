package dev.carafe.agent.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Jazzer on what comes from outside: from the corpus in the resources it looks, by coverage, for an
 * input that is neither read nor refused in the way its reader says. {@code -Dcarafe.long=true}
 * gives each target a minute.
 */
class FuzzIT {
  private static final int SECONDS = Boolean.getBoolean("carafe.long") ? 60 : 3;
  private static final int PATIENCE_SECONDS = 300;
  private static final Pattern EXECUTIONS =
      Pattern.compile("stat::number_of_executed_units: +(\\d+)");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"Config", "Seccomp", "Rdt", "Reference"})
  void isReadOrRefused(String target) throws Exception {
    Path corpus =
        Path.of(getClass().getResource("/fuzz/" + target.toLowerCase(Locale.ROOT)).toURI());
    Path found = Files.createDirectory(directory.resolve("found"));
    Path log = directory.resolve("log");
    Process jazzer = start(target, found, corpus, log);
    if (!jazzer.waitFor(SECONDS + PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      jazzer.destroyForcibly();
    }
    String text = Files.readString(log);
    assertThat(jazzer.waitFor()).as(tail(text)).isZero();
    Matcher executions = EXECUTIONS.matcher(text);
    assertThat(executions.find()).as(tail(text)).isTrue();
    System.out.printf(
        "fuzz %s: %s executions in %d s from %d inputs%n",
        target, executions.group(1), SECONDS, corpus.toFile().list().length);
    assertThat(Long.parseLong(executions.group(1))).isGreaterThan(1);
  }

  private Process start(String target, Path found, Path corpus, Path log) throws IOException {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classes,
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + getClass().getPackageName() + "." + target + "Fuzz",
                "--instrumentation_includes=dev.carafe.**",
                "--custom_hook_includes=dev.carafe.**",
                "--reproducer_path=" + directory,
                found.toString(),
                corpus.toString(),
                "-artifact_prefix=" + directory + "/",
                "-max_total_time=" + SECONDS,
                "-print_final_stats=1"))
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Where Jazzer says what it found, and prints the input in Base64. */
  private static String tail(String log) {
    List<String> lines = log.lines().filter(line -> !line.startsWith("INFO: Instr")).toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }
}
