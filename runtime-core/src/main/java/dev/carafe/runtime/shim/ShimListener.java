package dev.carafe.runtime.shim;

/**
 * Hears a shim's events, on the client's reader thread: it must return soon and not call the client
 * back.
 */
public interface ShimListener {
  /** Something happened in the shim. */
  void onEvent(ShimEvent event);

  /** The connection is lost (not called after {@link ShimClient#close}). */
  void onGone(ShimGoneException cause);
}
