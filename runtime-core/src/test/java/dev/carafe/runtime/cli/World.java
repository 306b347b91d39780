package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A command line, a hostile image, and a directory of the host that the image is after.
 *
 * @param carafe the command line and its bundle
 * @param socket of the server that decides
 * @param without the guards that the command line lacks, "" for the whole
 */
record World(Carafe carafe, Path socket, String without) {
  /** Of this JVM only: another's tests may run beside it. */
  static final String ID = "attacked-" + ProcessHandle.current().pid();

  private static final Path TWIN =
      Path.of(System.getProperty("carafe.home", ".."), "native/target/test/twin/carafe-front");

  /** With the product's own front. */
  static World whole(Path directory, Path socket) throws IOException {
    Carafe carafe = Carafe.install(directory);
    Files.createDirectories(directory.resolve("canary"));
    return new World(carafe, socket, "");
  }

  /** With the twin, these of whose guards are off. */
  static World without(Path directory, Path socket, String guards) throws IOException {
    assumeTrue(Files.isExecutable(TWIN), "SKIP twin: " + TWIN + " is not built");
    World world = whole(directory, socket);
    Files.copy(TWIN, Path.of(world.carafe.program()), StandardCopyOption.REPLACE_EXISTING);
    return new World(world.carafe, socket, guards);
  }

  Path rootfs() {
    return carafe.bundle().resolve("rootfs");
  }

  /** The host's directory that nobody may touch; empty. */
  Path canary() {
    return carafe.directory().resolve("canary");
  }

  /** Makes a link in the image, where nothing is yet. */
  void link(String name, String target) throws IOException {
    Files.createDirectories(rootfs().resolve(name).getParent());
    Files.createSymbolicLink(rootfs().resolve(name), Path.of(target));
  }

  /** Makes a file in the image. */
  void file(String name, String text) throws IOException {
    Files.createDirectories(rootfs().resolve(name).getParent());
    Files.writeString(rootfs().resolve(name), text);
  }

  /** The configuration of a container that runs this. */
  static ObjectNode config(String... args) throws IOException {
    return Carafe.template(ID, args);
  }

  /** Adds a bind mount of the host's path. */
  static void bind(ObjectNode config, Path source, String destination, String... options) {
    ArrayNode all =
        ((ArrayNode) config.path("mounts"))
            .addObject()
            .put("destination", destination)
            .put("type", "bind")
            .put("source", source.toString())
            .putArray("options")
            .add("rbind");
    List.of(options).forEach(all::add);
  }

  /** Adds a user namespace whose ids begin with this one of the host's. */
  static void useUserNamespace(ObjectNode config, long first) {
    ((ArrayNode) config.at("/linux/namespaces")).addObject().put("type", "user");
    for (String ids : List.of("uidMappings", "gidMappings")) {
      ((ObjectNode) config.path("linux"))
          .putArray(ids)
          .addObject()
          .put("containerID", 0)
          .put("hostID", first)
          .put("size", 65536);
    }
  }

  /** Gives the image to this user. */
  void ownedBy(long id) throws Exception {
    List<String> words = List.of("-R", id + ":" + id, rootfs().toString());
    assertThat(carafe.execute("/bin/chown", words).code()).isZero();
  }

  /** Takes the mounts on this path, and all below it, out of the configuration. */
  static void unmount(ObjectNode config, String path) {
    ArrayNode mounts = (ArrayNode) config.path("mounts");
    for (int i = mounts.size() - 1; i >= 0; i--) {
      String destination = mounts.get(i).path("destination").asText();
      if (destination.equals(path) || destination.startsWith(path + "/")) {
        mounts.remove(i);
      }
    }
  }

  /** Runs the command line, warm. */
  Carafe.Result run(String... words) throws Exception {
    return carafe.withVariables(variables(), words);
  }

  /** Runs a container with this configuration to its end. */
  Carafe.Result run(ObjectNode config) throws Exception {
    carafe.write(config);
    return run("run", ID);
  }

  /** Starts a container with a terminal, and waits for its program to end. */
  void runWithTerminal(ObjectNode config) throws Exception {
    carafe.write(config);
    Path console = carafe.directory().resolve("console.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(console));
      Carafe.Result result = run("run", "-d", "--console-socket", console.toString(), ID);
      if (result.code() == 0) {
        await().until(() -> run("state", ID).out().contains("stopped"));
      }
    } finally {
      Files.delete(console);
    }
  }

  /** Removes the container, whatever it is doing, by a program that no attack has touched. */
  void clear() throws Exception {
    Path untouched = carafe.directory().resolve("install/bin/untouched");
    if (!Files.exists(untouched)) {
      Files.copy(Carafe.FRONT, untouched);
    }
    Carafe.Result result =
        new Carafe(carafe.directory(), untouched.toString()).withSocket(socket, "delete", "-f", ID);
    assertThat(result.code()).as(result.err()).isZero();
  }

  /**
   * Runs the command line, which inherits a descriptor of the canary under the number 9, as from a
   * careless parent.
   */
  Carafe.Result leaking(String... words) throws Exception {
    String shell = "exec 9<'" + canary() + "'; exec \"$@\"";
    List<String> line = new ArrayList<>(variables());
    line.addAll(List.of("sh", "-c", shell, "sh", carafe.program()));
    line.addAll(List.of("--root", carafe.directory().resolve("state").toString()));
    line.addAll(List.of(words));
    return carafe.execute("/usr/bin/env", line);
  }

  private List<String> variables() {
    return List.of("CARAFE_FRONT_SOCKET=" + socket, "CARAFE_WITHOUT=" + without);
  }
}
