package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.e2e.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line, installed below a directory with this JVM's classes. */
public final class RuntimeTree {
  private static final Path FRONT =
      Path.of(
          System.getProperty("carafe.libexec", "../native/target/libexec/carafe"), "carafe-front");

  private RuntimeTree() {}

  /** Skips aloud without what every engine needs. */
  public static void assumePossible(Path engine) {
    assumeTrue("root".equals(System.getProperty("user.name")), "SKIP root: not the superuser");
    assumeTrue(Files.isExecutable(FRONT), "SKIP front: " + FRONT + " is not built");
    assumeTrue(
        Files.isExecutable(engine),
        "SKIP " + engine.getFileName() + ": not installed; .ci/packages test installs it");
  }

  /** Removes a parent of cgroups that an engine leaves, from all hierarchies. */
  static void removeCgroups(String parent) throws Exception {
    Command.run(
        "find",
        "/sys/fs/cgroup",
        "-depth",
        "-type",
        "d",
        "-path",
        "*" + parent + "*",
        "-exec",
        "rmdir",
        "{}",
        "+");
  }

  /** Installs it: the program's path. */
  static Path install(Path directory) throws IOException {
    return install(directory, classPath());
  }

  /**
   * Installs it with classes of its own, for users who may not read this JVM's.
   *
   * @param directory anybody's to read, as all above it are
   */
  public static Path installForAnybody(Path directory) throws Exception {
    Path jars = Files.createDirectories(directory.resolve("jars"));
    List<String> copies = new ArrayList<>();
    for (String element : classPath().split(File.pathSeparator, -1)) {
      if (element.matches(
          ".*/(runtime-core/.*|runtime-core-.*\\.jar|(jackson|jnr|jffi|asm).*\\.jar)")) {
        Path copy = jars.resolve(Integer.toString(copies.size()));
        assertThat(Command.run("cp", "-rL", element, copy.toString()).exit()).isZero();
        copies.add(copy.toString());
      }
    }
    Path program = install(directory, String.join(File.pathSeparator, copies));
    assertThat(Command.run("chmod", "-R", "a+rX", directory.toString()).exit()).isZero();
    return program;
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static Path install(Path directory, String classes) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path lib = Files.createDirectories(directory.resolve("lib"));
    Files.write(
        lib.resolve("oci.args"),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            classes,
            "dev.carafe.runtime.cli.Main"));
    return Files.copy(FRONT, bin.resolve("carafe"));
  }
}
