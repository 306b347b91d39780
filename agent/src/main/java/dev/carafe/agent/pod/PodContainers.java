package dev.carafe.agent.pod;

import dev.carafe.runtime.shim.ShimEvent;

/** What a pod asks of its containers, and what its shim tells them. */
public interface PodContainers {
  /**
   * Ends every process of the pod's containers at once and waits until their exits are recorded.
   */
  void stopAll(Pod pod);

  /** Removes every container of the pod, stopped before by {@link #stopAll}. */
  void removeAll(Pod pod);

  /**
   * Takes in an event of the pod's shim; called in order, on the connection's reader thread: must
   * not block.
   */
  void onShimEvent(Pod pod, ShimEvent event);

  /** The pod's shim is gone without being asked to: all its containers have ended unseen. */
  void onShimLost(Pod pod);
}
