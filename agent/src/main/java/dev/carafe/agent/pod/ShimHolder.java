package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.plan.HolderPlan;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimProcess;
import dev.carafe.runtime.shim.Started;
import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A process of a pod's shim that waits, parked, to be let go, and then ends. */
public final class ShimHolder implements CgroupDriver.Holder {
  private static final Logger LOG = LogManager.getLogger(ShimHolder.class);
  private static final String PREFIX = "hold-";

  private final ShimClient shim;
  private final String id;
  private final int pid;

  private ShimHolder(ShimClient shim, String id, int pid) {
    this.shim = requireNonNull(shim, "shim is null");
    this.id = requireNonNull(id, "id is null");
    this.pid = pid;
  }

  /**
   * Starts holders in a shim.
   *
   * @param name whose cgroup is held
   */
  public static CgroupDriver.Holder.Source source(ShimClient shim, String name) {
    return () -> start(shim, PREFIX + name);
  }

  private static ShimHolder start(ShimClient shim, String id) throws IOException {
    LaunchRequest request =
        LaunchRequest.plain(id, ProcessKind.PREPARE, PlanEncoder.encode(HolderPlan.compile()));
    Started started = Interrupts.call(() -> shim.start(request));
    return new ShimHolder(shim, id, started.pid());
  }

  /** Lets go what an agent that was killed had started. */
  static void releaseAll(ShimClient shim) throws IOException {
    for (ShimProcess process : Interrupts.call(shim::list)) {
      if (process.id().startsWith(PREFIX)) {
        new ShimHolder(shim, process.id(), process.pid()).close();
      }
    }
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public void close() {
    try {
      Interrupts.step(() -> {
        shim.go(id);
        shim.forget(id);
      });
    } catch (IOException gone) {
      LOG.debug("the holder {} ended with its shim: {}", id, gone.getMessage());
    }
  }
}
