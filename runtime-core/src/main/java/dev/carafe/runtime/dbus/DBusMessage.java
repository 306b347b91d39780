package dev.carafe.runtime.dbus;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message from the bus.
 *
 * @param kind what it is
 * @param replySerial the call that it answers, 0 for none
 * @param member a signal's name; empty for others
 * @param path a signal's object; empty for others
 * @param errorName an error's name, or null
 * @param body its values
 */
public record DBusMessage(
    Kind kind,
    int replySerial,
    String member,
    String path,
    @Nullable String errorName,
    List<Object> body) {
  /** Message types of the specification. */
  public enum Kind {
    CALL,
    REPLY,
    ERROR,
    SIGNAL
  }

  public DBusMessage {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(member, "member");
    Objects.requireNonNull(path, "path");
    body = List.copyOf(body);
  }
}
