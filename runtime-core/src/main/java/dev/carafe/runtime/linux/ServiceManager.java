package dev.carafe.runtime.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells the service manager how this process is, by a datagram to the socket that it names
 * (sd_notify(3), NOTIFY_SOCKET). Thread-safe.
 */
public final class ServiceManager {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** sun_path of unix(7), without its end. */
  private static final int PATH_MAX = 107;

  private final @Nullable String address;

  /**
   * The manager that listens on a socket.
   *
   * @param address of NOTIFY_SOCKET: an absolute path, or {@code @NAME} for an abstract one; null
   *     or empty when nobody listens
   */
  public ServiceManager(@Nullable String address) {
    this.address = address == null || address.isEmpty() ? null : address;
  }

  /** The C functions; public because jnr-ffi implements it. */
  public interface Functions {
    /** socket(2). */
    int socket(int domain, int type, int protocol);

    /** sendto(2). */
    long sendto(int fd, byte[] data, long length, int flags, byte[] address, int addressLength);

    /** close(2). */
    int close(int fd);
  }

  /**
   * Sends a state, such as {@code READY=1}; does nothing when nobody listens.
   *
   * @throws LinuxException when the socket does not take it
   */
  public void tell(String state) {
    Objects.requireNonNull(state, "state");
    String to = address;
    if (to == null) {
      return;
    }
    byte[] socket = socketAddress(to);
    byte[] message = state.getBytes(UTF_8);
    Functions libc = Native.libc(Functions.class);
    int fd =
        (int)
            Native.call(() -> libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)).orThrow("make a socket");
    try {
      Native.call(
              () -> libc.sendto(fd, message, message.length, MSG_NOSIGNAL, socket, socket.length))
          .orThrow("tell " + state + " to the service manager at " + to);
    } finally {
      libc.close(fd);
    }
  }

  /** struct sockaddr_un: the family in the machine's order, then the path. */
  private static byte[] socketAddress(String address) {
    byte[] path = address.getBytes(UTF_8);
    if (path.length > PATH_MAX || (path[0] != '/' && path[0] != '@')) {
      throw new IllegalArgumentException(
          "NOTIFY_SOCKET = \"%s\": expected an absolute path or @NAME, at most %d bytes"
              .formatted(address, PATH_MAX));
    }
    byte[] all = new byte[2 + path.length];
    all[0] = AF_UNIX;
    System.arraycopy(path, 0, all, 2, path.length);
    if (path[0] == '@') {
      all[2] = 0;
    }
    return all;
  }
}
