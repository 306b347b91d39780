package dev.carafe.agent.metrics;

import java.util.List;

/**
 * Where parts of the agent announce their series. Thread-safe.
 *
 * <p>What somebody else keeps already (tables, kernel files) is given by a {@link Source} and read
 * when a scrape asks; what nobody keeps (durations) is observed.
 */
public interface Metrics {
  /** Nobody scrapes: sources are never asked, observations forgotten. */
  Metrics NONE =
      new Metrics() {
        @Override
        public void register(Source source) {}

        @Override
        public Durations durations(String name, String help, String... labels) {
          return (nanos, values) -> {};
        }
      };

  /** Asks this source at each scrape. */
  void register(Source source);

  /**
   * A histogram of durations, in seconds when it is read.
   *
   * @param name of the series, {@code carafe_..._seconds}; registered once
   * @param help a sentence
   * @param labels names, in the order of the values of each observation; their values must be few
   */
  Durations durations(String name, String help, String... labels);

  /** Gives series at the time of a scrape. */
  @FunctionalInterface
  interface Source {
    /**
     * The series as they are now. Called on a virtual thread, maybe on several at once; may block
     * for a short time. What it throws costs this source its series in this scrape, no other.
     */
    List<Series> read();
  }

  /** A histogram. */
  @FunctionalInterface
  interface Durations {
    /**
     * Counts one duration.
     *
     * @param nanos at least 0
     * @param labels the values, one a name
     */
    void observe(long nanos, String... labels);
  }
}
