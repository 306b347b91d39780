package dev.carafe.agent.rdt.control;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import dev.carafe.agent.metrics.Series.Kind;
import dev.carafe.agent.metrics.Series.Sample;
import dev.carafe.agent.rdt.RdtView.ClassRow;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.control.Throttle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the memory bandwidth of a protected class by lowering the MB values of others while it gets
 * too little. The configured values are back whenever it stops, and after a kill at the next start.
 * Thread-safe.
 */
public final class BandwidthController implements AutoCloseable, Metrics.Source {
  private static final Logger LOG = LogManager.getLogger(BandwidthController.class);

  /** How often classes are looked for while they are not there. */
  private static final long SEARCH_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final CarafeConfig.RdtController config;
  private final Path root;
  private final Throttle throttle;
  private final Supplier<List<ClassRow>> classes;
  private final Thread thread;
  private @Nullable Loop loop;
  private long searched;
  private boolean closed;

  private BandwidthController(
      CarafeConfig.RdtController config,
      Path root,
      Throttle throttle,
      Supplier<List<ClassRow>> classes) {
    this.config = config;
    this.root = root;
    this.throttle = throttle;
    this.classes = classes;
    this.searched = System.nanoTime() - SEARCH_NANOS;
    this.thread = Thread.ofVirtual().name("rdt-controller").unstarted(this::run);
  }

  /**
   * Puts back what a killed agent left throttled. To be called before a configuration is brought
   * into force, which has the later word.
   *
   * @param record of the values before
   */
  public static void recover(Path root, Path record) {
    if (!Files.exists(record)) {
      return;
    }
    try {
      new Throttle(root, record).restore();
    } catch (IOException | RuntimeException refused) {
      LOG.error("MB values that an earlier agent lowered are not put back", refused);
    }
  }

  /**
   * Starts the controller.
   *
   * @param root where resctrl is mounted
   * @param record of the values before, in the state directory
   * @param classes those there are
   * @return null when none is configured
   */
  public static @Nullable BandwidthController start(
      CarafeConfig.RdtController config, Path root, Path record, Supplier<List<ClassRow>> classes)
      throws IOException {
    requireNonNull(classes, "classes is null");
    if (config.protect().isEmpty()) {
      return null;
    }
    BandwidthController controller =
        new BandwidthController(config, root, new Throttle(root, record), classes);
    controller.thread.start();
    return controller;
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        tick();
        TimeUnit.MILLISECONDS.sleep(config.interval());
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (IOException | RuntimeException failure) {
        LOG.error("the rdt controller starts anew after a failure", failure);
        reset();
      }
    }
  }

  private void tick() throws IOException {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      Loop current = loop;
      if (current == null && System.nanoTime() - searched >= SEARCH_NANOS) {
        searched = System.nanoTime();
        current = search();
        loop = current;
      }
      if (current != null) {
        current.step();
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Loop search() {
    if (!Resctrl.present(root)) {
      LOG.warn("the rdt controller waits: there is no resctrl file system at {}", root);
      return null;
    }
    Members members = Members.of(config, classes.get());
    String problem = members.problem() != null ? members.problem() : Loop.problem(root);
    if (problem != null) {
      LOG.warn("the rdt controller waits: {}", problem);
      return null;
    }
    LOG.info(
        "the rdt controller keeps {} MiB/s for class {} at the expense of the groups {}{}",
        config.target(),
        config.protect(),
        members.throttled(),
        config.dryRun() ? " (dry run: it changes nothing)" : "");
    return new Loop(config, root, members, throttle);
  }

  /** Restores, and begins as if nothing had been seen. */
  private void reset() {
    lock.lock();
    try {
      loop = null;
      throttle.restore();
    } catch (RuntimeException refused) {
      LOG.error("MB values are not put back", refused);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs an action that changes classes, on what is configured: values are put back before it, and
   * read anew after it.
   *
   * @param controller null where there is none to pause
   */
  public static <T> T paused(@Nullable BandwidthController controller, Supplier<T> action) {
    if (controller == null) {
      return action.get();
    }
    controller.lock.lock();
    try {
      controller.reset();
      return action.get();
    } finally {
      controller.searched = System.nanoTime() - SEARCH_NANOS;
      controller.lock.unlock();
    }
  }

  @Override
  public List<Series> read() {
    lock.lock();
    try {
      List<Sample> levels = new ArrayList<>();
      List<Sample> decisions = new ArrayList<>();
      if (loop != null) {
        loop.levels()
            .forEach(
                (domain, level) -> levels.add(Sample.of((double) level, Integer.toString(domain))));
        loop.decisions()
            .forEach((reason, count) -> decisions.add(Sample.of((double) count, reason)));
      }
      return List.of(
          new Series(
              Kind.GAUGE,
              "carafe_rdt_controller_level_percent",
              "The MB value that throttled classes have at most.",
              List.of("domain"),
              levels),
          new Series(
              Kind.COUNTER,
              "carafe_rdt_controller_decisions_total",
              "Intervals by what the controller thought of them, since it began to control.",
              List.of("reason"),
              decisions));
    } finally {
      lock.unlock();
    }
  }

  /** Stops, and puts every value back. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      reset();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }
}
