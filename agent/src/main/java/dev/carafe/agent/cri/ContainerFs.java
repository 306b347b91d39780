package dev.carafe.agent.cri;

import dev.carafe.agent.image.store.FsUsage;

/** What the containers' writable layers take of their file system. */
@FunctionalInterface
public interface ContainerFs {
  /** The usage as last measured: must not block for long. */
  FsUsage usage();
}
