package dev.carafe.e2e.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carafe.e2e.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A user of this machine, made for a test, who may map a range of ids that nobody else has.
 *
 * @param id user id and group id
 * @param home a directory of this user's
 */
record OrdinaryUser(String name, long id, Path home) {
  /** The first of the ids that newuidmap and newgidmap let this user map. */
  static final long RANGE = 1_700_000_000L;

  /** How many these are. */
  static final int RANGE_SIZE = 65_536;

  private static final Path MAPPER = Path.of("/usr/bin/newuidmap");

  /**
   * Makes one.
   *
   * @param home not there yet; anybody may look into what is above it
   */
  static OrdinaryUser create(Path home) throws Exception {
    assumeTrue(
        Files.isExecutable(MAPPER),
        "SKIP uidmap: no " + MAPPER + "; .ci/packages test installs it");
    String name = "carafe-" + ProcessHandle.current().pid();
    done("useradd", "--user-group", "--no-create-home", "--shell", "/bin/sh", name);
    String range = RANGE + "-" + (RANGE + RANGE_SIZE - 1);
    done("usermod", "--add-subuids", range, "--add-subgids", range, name);
    long id = Long.parseLong(done("id", "-u", name).stdout().strip());
    OrdinaryUser user = new OrdinaryUser(name, id, home);
    Files.createDirectories(home);
    user.own(home);
    return user;
  }

  private static Command done(String... words) throws Exception {
    Command command = Command.run(words);
    assertThat(command.exit()).as(command.stderr()).isZero();
    return command;
  }

  /** Gives a tree to this user. */
  void own(Path tree) throws Exception {
    done("chown", "-R", name + ":" + name, tree.toString());
  }

  /** Runs a program as this user. */
  Command run(Path directory, List<String> words) throws Exception {
    return Command.run(line(directory, words).toArray(String[]::new));
  }

  /** What runs a program as this user, in a directory, with little in its environment. */
  List<String> line(Path directory, List<String> words) {
    List<String> line =
        new ArrayList<>(List.of("setpriv", "--reuid", name, "--regid", name, "--clear-groups"));
    line.addAll(List.of("env", "-i", "-C", directory.toString(), "HOME=" + home));
    line.addAll(List.of("USER=" + name, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
    line.add("XDG_RUNTIME_DIR=" + home);
    line.addAll(words);
    return line;
  }

  /** Removes this user; what is in the home directory stays. */
  void remove() throws Exception {
    done("userdel", name);
  }
}
