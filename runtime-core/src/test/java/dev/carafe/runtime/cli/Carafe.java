package dev.carafe.runtime.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The built command line, a bundle, and a place for containers, all below one directory. */
record Carafe(Path directory, String program) {
  static final String PARENT = "/carafe-test-oci-" + ProcessHandle.current().pid();
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  static final Path FRONT =
      Path.of(
          System.getProperty("carafe.libexec", "../native/target/libexec/carafe"), "carafe-front");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Long, for a machine that is emulated on a busy one. */
  private static final long SECONDS = 240;

  record Result(int code, String out, String err) {}

  static void assumePossible() {
    assumeTrue(Files.isExecutable(FRONT), "SKIP front: " + FRONT + " is not built");
    assumeTrue(Files.isExecutable(BUSYBOX), "SKIP busybox: no " + BUSYBOX);
    assumeTrue("root".equals(System.getProperty("user.name")), "SKIP root: not the superuser");
  }

  /**
   * Installs the front with a Java command of this JVM's class path, and makes a bundle.
   *
   * @param applets of busybox that the bundle has beside those that every test needs
   */
  static Carafe install(Path directory, String... applets) throws IOException {
    Path bin = Files.createDirectories(directory.resolve("install/bin"));
    Files.copy(FRONT, bin.resolve("carafe"));
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Path lib = Files.createDirectories(directory.resolve("install/lib"));
    Files.write(
        lib.resolve("oci.args"),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            String.valueOf(classes),
            Main.class.getName()));
    Path rootfs = Files.createDirectories(directory.resolve("bundle/rootfs/bin"));
    Files.copy(BUSYBOX, rootfs.resolve("busybox"));
    List<String> names =
        new ArrayList<>(List.of("sh", "sleep", "echo", "cat", "id", "kill", "true"));
    names.addAll(List.of(applets));
    for (String name : names) {
      Files.createSymbolicLink(rootfs.resolve(name), Path.of("busybox"));
    }
    return new Carafe(directory, bin.resolve("carafe").toString());
  }

  Path bundle() {
    return directory.resolve("bundle");
  }

  /** Writes config.json for a container that runs this. */
  void configure(String id, String... args) throws IOException {
    Files.write(bundle().resolve("config.json"), MAPPER.writeValueAsBytes(config(id, args)));
  }

  /** The same without a pid namespace: there its init can kill itself. */
  void configureInHostsPids(String id, String... args) throws IOException {
    ObjectNode config = config(id, args);
    ((ArrayNode) config.at("/linux/namespaces")).remove(0);
    Files.write(bundle().resolve("config.json"), MAPPER.writeValueAsBytes(config));
  }

  private static ObjectNode config(String id, String... args) throws IOException {
    try (InputStream in = Main.class.getResourceAsStream("template.json")) {
      ObjectNode config = (ObjectNode) MAPPER.readTree(Objects.requireNonNull(in));
      ObjectNode process = (ObjectNode) config.path("process");
      process.put("terminal", false);
      process.set("args", MAPPER.valueToTree(args));
      ((ObjectNode) config.path("linux")).put("cgroupsPath", PARENT + "/" + id);
      return config;
    }
  }

  /** The configuration of a container that runs this, to be changed and then written. */
  static ObjectNode template(String id, String... args) throws IOException {
    return config(id, args);
  }

  /** Writes config.json. */
  void write(ObjectNode config) throws IOException {
    Files.write(bundle().resolve("config.json"), MAPPER.writeValueAsBytes(config));
  }

  /** Runs with a root directory of its own. */
  Result run(String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of("--root", directory.resolve("state").toString()));
    line.addAll(List.of(words));
    return execute(program, line);
  }

  /** The same with a carafed that may decide. */
  Result withSocket(Path socket, String... words) throws Exception {
    return withVariables(List.of("CARAFE_FRONT_SOCKET=" + socket), words);
  }

  /** The same with these variables, NAME=VALUE, in the environment. */
  Result withVariables(List<String> variables, String... words) throws Exception {
    List<String> line = new ArrayList<>(variables);
    line.add(program);
    line.addAll(List.of("--root", directory.resolve("state").toString()));
    line.addAll(List.of(words));
    return execute("/usr/bin/env", line);
  }

  /** Runs a program in the bundle; no carafed that may run here has a say. */
  Result execute(String command, List<String> words) throws Exception {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(words);
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("CARAFE_FRONT_SOCKET", "");
    java.lang.Process process =
        builder
            .directory(bundle().toFile())
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
  }

  /** Removes what tests left. */
  void clean(String... ids) throws Exception {
    for (String id : ids) {
      run("delete", "-f", id);
    }
    removeCgroups();
  }

  /** Removes the cgroup of this JVM's containers. */
  static void removeCgroups() throws Exception {
    CgroupLayout layout = CgroupLayout.detect(CgroupLayout.DEFAULT_ROOT);
    new FsCgroupDriver(layout).open(PARENT, true).remove();
  }
}
