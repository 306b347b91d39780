package dev.carafe.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where a systemd is spoken to.
 *
 * @param socket of its D-Bus
 * @param users whether it is a user's manager, which has a part of the tree only
 */
public record SystemdBus(Path socket, boolean users) {
  /** The machine's. */
  public static final SystemdBus SYSTEM =
      new SystemdBus(Path.of("/run/dbus/system_bus_socket"), false);

  private static final String ADDRESS = "unix:path=";

  public SystemdBus {
    Objects.requireNonNull(socket, "socket");
  }

  /**
   * The bus of the systemd that this process may ask: the machine's for the machine's root.
   *
   * @param environment as of {@link #ofUser}
   * @throws CgroupException when there is none
   */
  public static SystemdBus of(Map<String, String> environment) throws IOException {
    return SYSTEM.uid() == 0 ? SYSTEM : ofUser(environment);
  }

  /**
   * The bus of a user's session.
   *
   * @param environment the user's: DBUS_SESSION_BUS_ADDRESS, or else XDG_RUNTIME_DIR, has it
   * @throws CgroupException when neither is there
   */
  static SystemdBus ofUser(Map<String, String> environment) {
    String address = environment.getOrDefault("DBUS_SESSION_BUS_ADDRESS", "");
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (address.startsWith(ADDRESS)) {
      String path = address.substring(ADDRESS.length()).replaceFirst("[,;].*", "");
      return new SystemdBus(Path.of(path), true);
    }
    if (runtime.isEmpty()) {
      throw CgroupException.invalid(
          "no D-Bus of a user session: expected DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR in the"
              + " environment; log in by systemd-logind, or use the cgroupfs driver");
    }
    return new SystemdBus(Path.of(runtime, "bus"), true);
  }

  /** This process's user as the bus sees it: outside of a user namespace, if it is in one. */
  long uid() throws IOException {
    long own = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    return outside(Files.readAllLines(Path.of("/proc/self/uid_map")), own);
  }

  /** Lines of user_namespaces(7): first id inside, first outside, count. */
  static long outside(List<String> map, long id) {
    for (String line : map) {
      String[] fields = line.strip().split(" +", -1);
      long inside = Long.parseLong(fields[0]);
      if (id >= inside && id - inside < Long.parseLong(fields[2])) {
        return Long.parseLong(fields[1]) + id - inside;
      }
    }
    return id;
  }
}
