package dev.carafe.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Makes system calls under a filter on the real kernel, in a small C program that gcc builds. */
final class SeccompProbe {
  private final Path program;
  private final Path dir;

  private SeccompProbe(Path program, Path dir) {
    this.program = program;
    this.dir = dir;
  }

  static SeccompProbe build(Path dir) throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/gcc")), "SKIP seccomp-kernel: gcc is not installed");
    Path source = dir.resolve("probe.c");
    try (InputStream in =
        Objects.requireNonNull(SeccompProbe.class.getResourceAsStream("probe.c"), "probe.c")) {
      Files.copy(in, source);
    }
    Path program = dir.resolve("probe");
    run(List.of("gcc", "-O1", "-o", program.toString(), source.toString()));
    return new SeccompProbe(program, dir);
  }

  /** The errno of each call, 0 for success. */
  List<Integer> errnos(SeccompProgram filter, String... calls) throws Exception {
    Path file = Files.createTempFile(dir, "filter", ".bpf");
    Files.write(file, filter.filter());
    List<String> command = new ArrayList<>(List.of(program.toString(), file.toString()));
    command.addAll(List.of(calls));
    return run(command).lines().map(Integer::valueOf).toList();
  }

  /** The errno of one call. */
  int errno(SeccompProgram filter, String call) throws Exception {
    return errnos(filter, call).getFirst();
  }

  private static String run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s ends", command).isTrue();
    assertThat(process.exitValue()).as("%s said %s", command, output).isZero();
    return output;
  }
}
