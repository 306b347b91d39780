package dev.carafe.agent.image;

import java.util.concurrent.Semaphore;

/**
 * How many layers are fetched and unpacked at once, whatever images they are of: with many pulls at
 * once the agent's memory stays what it is with a few. Thread-safe; who came first goes first.
 */
final class LayerSlots {
  private final Semaphore free;

  /**
   * So many slots.
   *
   * @param count at least 1
   */
  LayerSlots(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(count + " slots: expected at least 1");
    }
    this.free = new Semaphore(count, true);
  }

  /** Waits for a slot. */
  Slot take() throws InterruptedException {
    free.acquire();
    return new Slot();
  }

  /** What waits for another layer. */
  @FunctionalInterface
  interface Waiting<T> {
    /** The result, after any time. */
    T get() throws InterruptedException;
  }

  /** One layer's slot, used by one thread. */
  final class Slot implements AutoCloseable {
    private boolean held = true;

    private Slot() {}

    /**
     * Gives the slot up while waiting for another layer, which may need one, and takes it again.
     */
    <T> T without(Waiting<T> waiting) throws InterruptedException {
      close();
      T result = waiting.get();
      free.acquire();
      held = true;
      return result;
    }

    @Override
    public void close() {
      if (held) {
        held = false;
        free.release();
      }
    }
  }
}
