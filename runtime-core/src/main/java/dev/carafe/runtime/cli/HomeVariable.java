package dev.carafe.runtime.cli;

import dev.carafe.runtime.spec.Process;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * HOME for a process whose configuration has none or an empty one, as runc sets it: the home
 * directory of the process's user in the container's /etc/passwd, else "/".
 */
final class HomeVariable {
  private static final String NAME = "HOME=";
  private static final String PASSWD = "etc/passwd";
  private static final int UID = 2;
  private static final int HOME = 5;

  private HomeVariable() {}

  /**
   * The process with HOME.
   *
   * @param root the container's root directory as the front sees it
   */
  static Process in(Process process, Path root, Front front) throws IOException {
    String now = process.env().stream().filter(v -> v.startsWith(NAME)).reduce("", (a, b) -> b);
    if (now.length() > NAME.length()) {
      return process;
    }
    String passwd = new String(front.content(root, PASSWD), StandardCharsets.UTF_8);
    return process.withEnvironment(List.of(NAME + of(passwd, process.user().uid())));
  }

  /** The home directory that a passwd(5) file gives a user id; "/" when it gives none. */
  static String of(String passwd, long uid) {
    return passwd
        .lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields.length > HOME && fields[UID].equals(Long.toString(uid)))
        .map(fields -> fields[HOME])
        .filter(home -> !home.isEmpty())
        .findFirst()
        .orElse("/");
  }
}
