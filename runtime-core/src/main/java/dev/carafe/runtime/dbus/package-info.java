/**
 * A client of the D-Bus system bus, as small as systemd's transient units need (D-Bus
 * Specification).
 */
@NullMarked
package dev.carafe.runtime.dbus;

import org.jspecify.annotations.NullMarked;
