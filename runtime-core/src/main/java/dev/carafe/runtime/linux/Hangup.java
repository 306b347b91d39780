package dev.carafe.runtime.linux;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Proxy;

/**
 * What a process does at SIGHUP. The JVM's own door to signals, {@code sun.misc.Signal} of module
 * jdk.unsupported, is no part of Java's platform and has no other; it is used by reflection because
 * the compiler warns of it without an end.
 */
public final class Hangup {
  private Hangup() {}

  /**
   * From now on SIGHUP runs {@code action} on a thread of its own, instead of ending the process.
   *
   * @throws IllegalStateException when this JVM has no such door
   */
  public static void handle(Runnable action) {
    requireNonNull(action, "action");
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (!method.getName().equals("handle")) {
                  throw new UnsupportedOperationException(method.getName());
                }
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException("cannot handle SIGHUP: " + missing, missing);
    }
  }
}
