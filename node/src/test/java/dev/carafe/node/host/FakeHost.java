package dev.carafe.node.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A host that is a directory. Its programs are scripts: systemctl writes down what it was asked,
 * and {@code carafe} answers what the test has put beside it.
 */
public final class FakeHost {
  private final Path directory;
  private final Path calls;

  /** A host below a directory. */
  public FakeHost(Path directory) throws IOException {
    this.directory = directory;
    this.calls = directory.resolve("calls");
    Files.createDirectories(root());
    Files.createDirectories(directory.resolve("bin"));
    Files.writeString(calls, "");
    answer("check", 0, "{\"canRun\":true,\"checks\":[]}");
    answer("status", 0, "{\"conditions\":{\"RuntimeReady\":\"yes\"}}");
    systemctlAnswers();
    script(
        "systemd-run",
        "while [ \"$1\" != -- ]; do shift; done; shift; exec %s/bin/enter \"$@\""
            .formatted(directory));
    // What stands for chroot: an absolute program is looked for below the root.
    script(
        "enter",
        """
        program=$1; shift
        case $program in /*) program=%s$program ;; *) program=%s/bin/$program ;; esac
        exec "$program" "$@"
        """
            .formatted(root(), directory));
  }

  Path root() {
    return directory.resolve("host");
  }

  /** Settings with a tree of this build. */
  public HostSettings settings(String build, Mode mode) throws IOException {
    return settings(build, mode, "");
  }

  HostSettings settings(String build, Mode mode, String retry) throws IOException {
    return new HostSettings(
        root(),
        List.of(directory.resolve("bin/enter").toString()),
        tree(build),
        directory.resolve("drop-in.toml"),
        mode,
        retry,
        Duration.ofSeconds(1));
  }

  /** Its programs. */
  public HostCommands commands() {
    return new HostCommands(
        List.of(directory.resolve("bin/enter").toString()), Duration.ofSeconds(20));
  }

  /** From now on {@code carafe COMMAND} exits so and says this. */
  public void answer(String command, int exit, String says) throws IOException {
    Files.writeString(directory.resolve("answer-" + command), says);
    Files.writeString(directory.resolve("exit-" + command), Integer.toString(exit));
  }

  /** What systemctl was asked since the last look. */
  public List<String> asked() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(calls));
    Files.writeString(calls, "");
    return lines;
  }

  /** The cluster's drop-in of carafe.toml. */
  void dropIn(String text) throws IOException {
    Files.writeString(directory.resolve("drop-in.toml"), text);
  }

  void put(String absolute, String text) throws IOException {
    Path file = root().resolve(absolute.substring(1));
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A file of the host. */
  public String read(String absolute) throws IOException {
    return Files.readString(root().resolve(absolute.substring(1)));
  }

  /** Whether a file is there. */
  public boolean has(String absolute) {
    return Files.exists(root().resolve(absolute.substring(1)));
  }

  /** The build that the link names. */
  String current() throws IOException {
    return Files.readSymbolicLink(root().resolve("opt/carafe/current")).toString();
  }

  /** A systemctl that fails when it is asked for this. */
  void systemctlRefuses(String argument) throws IOException {
    script(
        "systemctl",
        "echo \"systemctl $*\" >> %s; case \"$*\" in *%s*) echo refused; exit 1 ;; esac"
            .formatted(calls, argument));
  }

  /** A systemctl that, asked for this, touches a file and then stays until it is taken away. */
  Path systemctlStays(String argument) throws IOException {
    Path asked = directory.resolve("stays");
    script(
        "systemctl",
        "case \"$*\" in *\"%2$s\"*) touch %3$s; while [ -e %3$s ]; do sleep 0.05; done; exit 1 ;; esac; echo \"systemctl $*\" >> %1$s"
            .formatted(calls, argument, asked));
    return asked;
  }

  /** A systemctl that does whatever it is asked. */
  void systemctlAnswers() throws IOException {
    script("systemctl", "echo \"systemctl $*\" >> " + calls);
  }

  private Path tree(String build) throws IOException {
    Path tree = directory.resolve("tree-" + build);
    Files.createDirectories(tree.resolve("bin"));
    Files.createDirectories(tree.resolve("share"));
    Files.createDirectories(tree.resolve("etc"));
    Files.writeString(tree.resolve("share/build"), build + "\n");
    Files.writeString(tree.resolve("share/carafe.service"), "[Service]\n# of " + build + "\n");
    Files.writeString(tree.resolve("etc/carafe.toml"), "# of " + build + "\n");
    Path carafe = tree.resolve("bin/carafe");
    Files.writeString(
        carafe,
        """
        #!/bin/sh
        echo '[warning] of a JVM' >&2
        case $1 in --address) shift 2 ;; esac
        cat %1$s/answer-$1
        exit $(cat %1$s/exit-$1)
        """
            .formatted(directory));
    executable(carafe);
    return tree;
  }

  private void script(String name, String text) throws IOException {
    Path next = directory.resolve("bin/." + name);
    Files.writeString(next, "#!/bin/sh\n" + text + "\n");
    executable(next);
    Files.move(next, directory.resolve("bin/" + name), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void executable(Path file) throws IOException {
    if (!file.toFile().setExecutable(true, false)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }
}
