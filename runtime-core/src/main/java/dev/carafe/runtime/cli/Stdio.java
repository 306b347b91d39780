package dev.carafe.runtime.cli;

/** The rules about terminals, and what the front needs to follow them. */
final class Stdio {
  private Stdio() {}

  /**
   * Checks that a terminal has somebody to hold it.
   *
   * @return the socket that gets it, absolute; "" for none
   */
  static String consoleSocket(Arguments arguments, boolean terminal, boolean detach)
      throws Failure {
    String socket = arguments.value("console-socket", "");
    if (terminal && detach && socket.isEmpty()) {
      throw new Failure("cannot allocate tty if runc will detach without setting console socket");
    }
    if (!socket.isEmpty() && !(terminal && detach)) {
      throw new Failure("cannot use console socket if runc will not detach or allocate tty");
    }
    return absolute(socket);
  }

  /** The socket that gets a pidfd, absolute; "" for none. */
  static String pidfdSocket(Arguments arguments) {
    return absolute(arguments.value("pidfd-socket", ""));
  }

  /** Descriptors beyond stdio are not passed on. */
  static void refuseDescriptors(Arguments arguments) throws Failure {
    String count = arguments.value("preserve-fds", "0");
    if (!count.equals("0")) {
      throw new Failure("--preserve-fds " + count + ": not supported yet, expected 0");
    }
  }

  private static String absolute(String path) {
    return path.isEmpty() ? "" : java.nio.file.Path.of(path).toAbsolutePath().toString();
  }
}
