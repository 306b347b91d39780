package dev.carafe.runtime.rdt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps {@link Ownership} records beyond the life of this process. */
public interface OwnershipStore {
  /** The record of a container, or null. */
  @Nullable Ownership find(String containerId);

  /** Writes a record; it is durable when this returns. */
  void put(Ownership record);

  /** Removes a record; none is fine. */
  void remove(String containerId);

  /** All records, in any order. */
  List<Ownership> all();
}
