package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.dbus.DBusConnection;
import dev.carafe.runtime.dbus.DBusException;
import dev.carafe.runtime.dbus.DBusMessage;
import dev.carafe.runtime.dbus.Variant;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * systemd's manager on a bus (org.freedesktop.systemd1(5)): transient units and their properties.
 * One connection; not thread-safe.
 */
final class SystemdManager implements AutoCloseable {
  private static final String NAME = "org.freedesktop.systemd1";
  private static final String OBJECT = "/org/freedesktop/systemd1";
  private static final String MANAGER = NAME + ".Manager";
  private static final String UNIT_EXISTS = NAME + ".UnitExists";
  private static final String NO_SUCH_UNIT = NAME + ".NoSuchUnit";
  private static final String NOT_LOADED = NAME + ".UnitNotLoaded";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final DBusConnection bus;

  private SystemdManager(DBusConnection bus) {
    this.bus = bus;
  }

  /** Connects. */
  static SystemdManager connect(SystemdBus where) throws IOException {
    DBusConnection bus = DBusConnection.open(where.socket(), where.uid(), PATIENCE);
    try {
      bus.match("type='signal',interface='%s',member='JobRemoved'".formatted(MANAGER));
      return new SystemdManager(bus);
    } catch (IOException e) {
      bus.close();
      throw e;
    }
  }

  /** Starts a unit that exists only until it ends; a failed one of that name is forgotten first. */
  void start(String unit, Map<String, Variant> properties) throws IOException {
    try {
      startOnce(unit, properties);
    } catch (DBusException taken) {
      if (!taken.name().equals(UNIT_EXISTS)) {
        throw taken;
      }
      resetFailed(unit);
      startOnce(unit, properties);
    }
  }

  private void startOnce(String unit, Map<String, Variant> properties) throws IOException {
    List<Object> body = List.of(unit, "replace", pairs(properties), List.of());
    await(unit, bus.call(NAME, OBJECT, MANAGER, "StartTransientUnit", "ssa(sv)a(sa(sv))", body));
  }

  /** Ends a unit; one that is gone is fine. */
  void stop(String unit) throws IOException {
    try {
      List<Object> body = List.of(unit, "replace");
      await(unit, bus.call(NAME, OBJECT, MANAGER, "StopUnit", "ss", body));
    } catch (DBusException gone) {
      if (!isGone(gone)) {
        throw gone;
      }
    }
    resetFailed(unit);
  }

  /** Changes properties until the unit ends. */
  void set(String unit, Map<String, Variant> properties) throws IOException {
    List<Object> body = List.of(unit, true, pairs(properties));
    bus.call(NAME, OBJECT, MANAGER, "SetUnitProperties", "sba(sv)", body);
  }

  /** The cgroup below which all of this manager's are; "" for the root. */
  String controlGroup() throws IOException {
    return property("ControlGroup");
  }

  private String property(String name) throws IOException {
    List<Object> answer =
        bus.call(
            NAME, OBJECT, "org.freedesktop.DBus.Properties", "Get", "ss", List.of(MANAGER, name));
    return String.valueOf(((Variant) answer.getFirst()).value());
  }

  /** The number that systemd's version begins with. */
  int version() throws IOException {
    String text = property("Version");
    String digits = text.replaceFirst("^[^0-9]*([0-9]+).*", "$1");
    return digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : 0;
  }

  private void resetFailed(String unit) throws IOException {
    try {
      bus.call(NAME, OBJECT, MANAGER, "ResetFailedUnit", "s", List.of(unit));
    } catch (DBusException gone) {
      if (!isGone(gone)) {
        throw gone;
      }
    }
  }

  private static boolean isGone(DBusException e) {
    return e.name().equals(NO_SUCH_UNIT) || e.name().equals(NOT_LOADED);
  }

  /** JobRemoved carries id, job, unit and result. */
  private void await(String unit, List<Object> reply) throws IOException {
    Object job = reply.getFirst();
    DBusMessage removed =
        bus.signal(
            signal ->
                signal.member().equals("JobRemoved")
                    && signal.body().size() == 4
                    && signal.body().get(1).equals(job),
            "the job of " + unit);
    Object result = removed.body().getLast();
    if (!result.equals("done")) {
      throw new IOException("systemd's job for " + unit + " ended with '" + result + "'");
    }
  }

  private static List<List<Object>> pairs(Map<String, Variant> properties) {
    return properties.entrySet().stream()
        .map(e -> List.<Object>of(e.getKey(), e.getValue()))
        .toList();
  }

  @Override
  public void close() throws IOException {
    bus.close();
  }
}
