package dev.carafe.runtime.cli;

import dev.carafe.runtime.spec.Process;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The rules about terminals and descriptors, and what a process is told and refused besides. */
final class Stdio {
  /** There with a kernel that has it on. */
  private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

  private Stdio() {}

  /**
   * Checks that a terminal has somebody to hold it.
   *
   * @return the socket that gets it, absolute; "" for none
   */
  static String consoleSocket(Caller caller, Arguments arguments, boolean terminal, boolean detach)
      throws Failure {
    String socket = arguments.value("console-socket", "");
    if (terminal && detach && socket.isEmpty()) {
      throw new Failure("cannot allocate tty if runc will detach without setting console socket");
    }
    if (!socket.isEmpty() && !(terminal && detach)) {
      throw new Failure("cannot use console socket if runc will not detach or allocate tty");
    }
    return caller.resolveText(socket);
  }

  /** The socket that gets a pidfd, absolute; "" for none. */
  static String pidfdSocket(Caller caller, Arguments arguments) {
    return caller.resolveText(arguments.value("pidfd-socket", ""));
  }

  /** How many descriptors beyond stdio the program gets: socket activation's, then more. */
  static int descriptors(Caller caller, Arguments arguments) throws Failure {
    String more = arguments.value("preserve-fds", "0");
    if (!more.matches("[0-9]{1,4}")) {
      throw new Failure("--preserve-fds " + more + ": expected a number from 0 to 9999");
    }
    return caller.listenDescriptors() + Integer.parseInt(more);
  }

  /**
   * Says which capabilities a process asks for in vain; it starts without them, as with runc.
   *
   * @throws Failure when it has an SELinux label and the kernel has no SELinux
   */
  static void check(Log log, Process process) throws Failure {
    String label = process.selinuxLabel();
    if (label != null && !label.isEmpty() && !Files.exists(SELINUX)) {
      throw new Failure(
          "selinux label is specified in config, but selinux is disabled or not supported");
    }
    if (process.capabilities() != null) {
      List<String> unknown = process.capabilities().unknown();
      if (!unknown.isEmpty()) {
        log.warning(
            "ignoring unknown or unavailable capabilities: [" + String.join(" ", unknown) + "]");
      }
      for (String name : process.capabilities().notAmbient()) {
        log.warning(
            "can't raise ambient capability "
                + name
                + ": it is not both permitted and inheritable");
      }
    }
  }

  /** The process, told of socket activation if there is any; for it the descriptors start at 3. */
  static Process activated(Caller caller, Process process) {
    int count = caller.listenDescriptors();
    return count == 0
        ? process
        : process.withEnvironment(List.of("LISTEN_FDS=" + count, "LISTEN_PID=1"));
  }
}
