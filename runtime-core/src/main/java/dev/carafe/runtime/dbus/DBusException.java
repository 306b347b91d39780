package dev.carafe.runtime.dbus;

import java.io.IOException;

/** The bus can't be reached, breaks its protocol, or a peer answered with an error. */
public final class DBusException extends IOException {
  private static final long serialVersionUID = 1;

  private final String name;

  /**
   * @param name the error's D-Bus name, empty when it is none of a peer's
   */
  DBusException(String name, String message) {
    super(message);
    this.name = name;
  }

  /** The peer's error name, such as {@code org.freedesktop.systemd1.UnitExists}; empty for none. */
  public String name() {
    return name;
  }
}
