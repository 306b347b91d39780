package dev.carafe.runtime.cli;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.spec.Process;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * HOME for a process whose configuration has none or an empty one, as runc sets it: the home
 * directory of the process's user in the container's /etc/passwd, else "/".
 */
final class HomeVariable {
  private static final String NAME = "HOME=";
  private static final byte[] PASSWD = "etc/passwd".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_BYTES = 1 << 20;
  private static final int UID = 2;
  private static final int HOME = 5;

  private HomeVariable() {}

  /**
   * The process with HOME.
   *
   * @param root the container's root directory as this process sees it; whoever filled it is not
   *     trusted: links stay inside, and only a regular file is read
   */
  static Process in(Process process, Path root) {
    String now = process.env().stream().filter(v -> v.startsWith(NAME)).reduce("", (a, b) -> b);
    return now.length() > NAME.length()
        ? process
        : process.withEnvironment(List.of(NAME + of(root, process.user().uid())));
  }

  /** The home directory that a root's passwd(5) file gives a user id; "/" when it gives none. */
  static String of(Path root, long uid) {
    return passwd(root)
        .lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields.length > HOME && fields[UID].equals(Long.toString(uid)))
        .map(fields -> fields[HOME])
        .filter(home -> !home.isEmpty())
        .findFirst()
        .orElse("/");
  }

  private static String passwd(Path root) {
    try (Fd directory = FileCalls.openDirectory(root);
        Fd file = FileCalls.openRegularInRoot(directory, PASSWD)) {
      FileStat stat = file == null ? null : FileCalls.stat(file, new byte[0]);
      if (file == null || stat == null || stat.size() > MAX_BYTES) {
        return "";
      }
      ByteBuffer content = ByteBuffer.allocateDirect((int) stat.size());
      while (content.hasRemaining() && FileCalls.read(file, content) > 0) {}
      return StandardCharsets.UTF_8.decode(content.flip()).toString();
    } catch (IOException unreadable) {
      return "";
    }
  }
}
