package dev.carafe.runtime.plan;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A run of carafe-launch.
 *
 * @param exitCode the program's, or 125 when the plan failed
 * @param stdout what it wrote
 * @param stderr what it or the launcher wrote, without the launcher's warnings
 * @param warnings the launcher's warnings: operations that may fail and did
 */
record Launch(int exitCode, String stdout, String stderr, List<String> warnings) {
  private static final Path PROGRAM =
      Path.of(
          System.getProperty("carafe.libexec", "../native/target/libexec/carafe"), "carafe-launch");
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final String WARNING = "carafe-launch: warning: ";
  private static final long SECONDS = 30;

  static void assumePossible() {
    assumeTrue(Files.isExecutable(PROGRAM), "SKIP launcher: " + PROGRAM + " is not built");
    assumeTrue(Files.isExecutable(BUSYBOX), "SKIP busybox: no " + BUSYBOX);
    assumeTrue("root".equals(System.getProperty("user.name")), "SKIP root: not the superuser");
  }

  /** A root directory with busybox and its usual names. */
  static Path rootfs(Path directory) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Files.copy(BUSYBOX, bin.resolve("busybox"));
    for (String name :
        List.of(
            "sh",
            "cat",
            "echo",
            "id",
            "ls",
            "mount",
            "hostname",
            "pwd",
            "touch",
            "readlink",
            "stat",
            "ulimit",
            "sleep",
            "ps",
            "grep",
            "mkdir",
            "tty")) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("busybox"));
    }
    return directory;
  }

  static Launch run(Plan plan, Path directory, String... options) throws Exception {
    java.lang.Process process = start(plan, directory, options);
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(directory.resolve("launch.err"));
    List<String> warnings = lines.stream().filter(line -> line.startsWith(WARNING)).toList();
    List<String> errors = lines.stream().filter(line -> !line.startsWith(WARNING)).toList();
    return new Launch(
        process.waitFor(),
        Files.readString(directory.resolve("launch.out")),
        String.join("\n", errors),
        warnings);
  }

  static java.lang.Process start(Plan plan, Path directory, String... options) throws IOException {
    Path file = directory.resolve("launch.plan");
    Files.write(file, PlanEncoder.encode(plan));
    List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
    command.addAll(List.of(options));
    command.add(file.toString());
    return new ProcessBuilder(command)
        .redirectOutput(Redirect.to(directory.resolve("launch.out").toFile()))
        .redirectError(Redirect.to(directory.resolve("launch.err").toFile()))
        .start();
  }
}
