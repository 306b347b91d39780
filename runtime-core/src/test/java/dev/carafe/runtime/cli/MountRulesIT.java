package dev.carafe.runtime.cli;

import static java.nio.file.Files.readSymbolicLink;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a container finds mounted, and how; the host's mounts are a private copy of each command's
 * own, so that a test may add to them.
 */
class MountRulesIT {
  private static final long USER = 100_000;

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private @Nullable FrontServer server;

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe = Carafe.install(directory, "cut", "grep", "readlink", "touch", "ls");
    server = FrontServer.start(directory.resolve("front.sock"), complaint -> {});
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
    if (server != null) {
      server.close();
    }
  }

  /** Runs a container to its end, after a script of the host; not by the server, for its mounts. */
  private Carafe.Result runAfter(String script, ObjectNode config) throws Exception {
    carafe.write(config);
    String shell = script + "; exec \"$@\"";
    List<String> line = new ArrayList<>(List.of("-m", "sh", "-e", "-c", shell, "sh"));
    line.add(carafe.program());
    line.addAll(List.of("--root", directory.resolve("state").toString(), "run", "c"));
    return carafe.execute("/usr/bin/unshare", line);
  }

  private static void bind(ObjectNode config, Path source, String target, String... options) {
    ArrayNode given =
        ((ArrayNode) config.path("mounts"))
            .addObject()
            .put("destination", target)
            .put("type", "bind")
            .put("source", source.toString())
            .putArray("options");
    List.of(options).forEach(given::add);
  }

  /** A container that prints the options of its mounts on /0, /1 and so on. */
  private static ObjectNode printing() throws Exception {
    String script = "grep -E ' /[0-9] ' /proc/self/mounts | cut -d' ' -f4";
    return Carafe.template("c", "sh", "-c", script);
  }

  /** A script that mounts a source with these options. */
  private String mount(String name, String has) throws Exception {
    Path source = Files.createDirectories(directory.resolve(name));
    return "mount -t tmpfs t %1$s; mount --bind -o remount,%2$s %1$s".formatted(source, has);
  }

  private Carafe.Result inUserNamespace(String has, String... options) throws Exception {
    ObjectNode config = printing();
    World.useUserNamespace(config, USER);
    bind(config, directory.resolve("source"), "/0", options);
    List<String> owner = List.of("-R", USER + ":" + USER, carafe.bundle().toString());
    assertThat(carafe.execute("/bin/chown", owner).code()).isZero();
    return runAfter(mount("source", has), config);
  }

  @Test
  void bindOptionsThatAreNotGivenAreClearedOnceOneIs() throws Exception {
    ObjectNode config = printing();
    Path source = directory.resolve("source");
    bind(config, source, "/0", "bind");
    bind(config, source, "/1", "bind", "nodev");
    bind(config, source, "/2", "bind", "atime", "exec");
    bind(config, source, "/3", "bind", "nodiratime");
    Carafe.Result result = runAfter(mount("source", "ro,nosuid,noexec,noatime"), config);
    assertThat(result.out().lines().map(line -> line.replaceAll(",(size|inode).*", "")))
        .as(result.err())
        .containsExactly(
            "ro,nosuid,noexec,noatime", "rw,nodev,noatime", "rw,noatime", "rw,nodiratime,relatime");
  }

  @Test
  void aBindMountHasNoOptionsOfAFileSystem() throws Exception {
    ObjectNode config = printing();
    bind(config, directory, "/0", "bind", "size=1k");
    carafe.write(config);
    assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c").err())
        .contains("bind mounts cannot have any filesystem-specific options applied");
  }

  @Test
  void whatAUserNamespaceLocksIsKeptOrRefused() throws Exception {
    Carafe.Result kept = inUserNamespace("ro,nosuid,noatime", "bind", "nodev");
    assertThat(kept.out()).as(kept.err()).startsWith("ro,nosuid,nodev,noatime");
    assertThat(inUserNamespace("ro,nosuid", "bind", "rw").err())
        .contains("error during container init: error mounting")
        .contains("operation not permitted");
    assertThat(inUserNamespace("noatime", "bind", "relatime").err())
        .contains("operation not permitted");
  }

  @Test
  void mountsAreMadeInTheConfigurationsOrder() throws Exception {
    ObjectNode config = Carafe.template("c", "sh", "-c", "cut -d' ' -f5 /proc/self/mountinfo");
    ArrayNode mounts = (ArrayNode) config.path("mounts");
    mounts.insertObject(0).put("destination", "/first").put("type", "tmpfs").put("source", "t");
    List<String> targets = new ArrayList<>(mounts.findValuesAsText("destination"));
    carafe.write(config);
    List<String> found =
        carafe.withSocket(directory.resolve("front.sock"), "run", "c").out().lines().toList();
    assertThat(found).containsSubsequence(targets);
  }

  @Test
  void aSourceThatAnEarlierMountBringsIsTheMountsOwn() throws Exception {
    Path source = directory.resolve("source");
    Files.createFile(Files.createDirectories(source.resolve("deep")).resolve("brought"));
    Path rootfs = carafe.bundle().resolve("rootfs");
    ObjectNode config = Carafe.template("c", "ls", "/final");
    bind(config, source, "/mnt", "rbind");
    bind(config, rootfs.resolve("mnt/deep"), rootfs.resolve("final").toString(), "rbind");
    assertThat(runAfter("true", config).out()).isEqualTo("brought\n");
  }

  @Test
  void withoutAMountNamespaceItsMountsAreTheHosts() throws Exception {
    ObjectNode config = Carafe.template("c", "sh", "-c", "readlink /proc/self/ns/mnt; ls -d /t");
    withoutMountNamespace(config);
    ((ArrayNode) config.path("mounts"))
        .addObject()
        .put("destination", "/t")
        .put("type", "tmpfs")
        .put("source", "t");
    Carafe.Result result = runAfter("readlink /proc/self/ns/mnt", config);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).matches("(mnt:.*\n)\\1/t\n");
  }

  @Test
  void aMountNamespaceIsJoinedByItsPath() throws Exception {
    Process holder = new ProcessBuilder("unshare", "-m", "sleep", "1000").start();
    try {
      Path ours = Path.of("/proc/self/ns/mnt");
      Path theirs = Path.of("/proc/" + holder.pid() + "/ns/mnt");
      await().until(() -> !readSymbolicLink(theirs).equals(readSymbolicLink(ours)));
      ObjectNode config = Carafe.template("c", "sh", "-c", "readlink /proc/self/ns/mnt");
      withoutMountNamespace(config);
      ObjectNode namespace = ((ArrayNode) config.at("/linux/namespaces")).addObject();
      namespace.put("type", "mount").put("path", theirs.toString());
      carafe.write(config);
      String expected = readSymbolicLink(theirs) + "\n";
      assertThat(carafe.withSocket(directory.resolve("front.sock"), "run", "c"))
          .isEqualTo(new Carafe.Result(0, expected, ""));
    } finally {
      holder.destroyForcibly().waitFor();
    }
  }

  private static void withoutMountNamespace(ObjectNode config) {
    ArrayNode namespaces = (ArrayNode) config.at("/linux/namespaces");
    for (int i = namespaces.size() - 1; i >= 0; i--) {
      if (namespaces.get(i).path("type").asText().equals("mount")) {
        namespaces.remove(i);
      }
    }
    ((ObjectNode) config.path("linux")).remove(List.of("maskedPaths", "readonlyPaths"));
  }
}
