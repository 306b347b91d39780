package dev.carafe.runtime.dbus;

import java.util.Objects;

/**
 * A value that carries its type.
 *
 * @param signature one complete type
 * @param value as {@link DBusWriter} takes it for that type
 */
public record Variant(String signature, Object value) {
  public Variant {
    Objects.requireNonNull(signature, "signature");
    Objects.requireNonNull(value, "value");
  }
}
