package dev.carafe.agent.image.layer;

import java.nio.file.Path;
import java.util.List;

/**
 * The unpacked layers below one that is being unpacked. Asked only when the layer leans on them,
 * and then waits until they are complete.
 */
@FunctionalInterface
public interface LowerLayers {
  /** No layer below. */
  LowerLayers NONE = List::of;

  /** The directories, topmost first; may block, and fails when a lower layer failed. */
  List<Path> topDown() throws InterruptedException;
}
