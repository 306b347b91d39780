package dev.carafe.runtime.plan;

import java.util.Objects;

/** What the launcher may do where it starts; everything else follows from its namespaces. */
public sealed interface Privilege {
  /** Everything: it is root of the host. */
  record Host() implements Privilege {}

  /**
   * It is root of a user namespace that somebody else made.
   *
   * @param setgroups whether that namespace lets supplementary groups be set
   */
  record InNamespace(boolean setgroups) implements Privilege {}

  /**
   * It is an ordinary user.
   *
   * @param newuidmap absolute path of the program that maps more user ids than the user's own; ""
   *     where that one is enough
   * @param newgidmap the same for group ids
   */
  record User(String newuidmap, String newgidmap) implements Privilege {
    public User {
      Objects.requireNonNull(newuidmap, "newuidmap");
      Objects.requireNonNull(newgidmap, "newgidmap");
    }
  }

  /** Whether it is root of the host, and may mount things there and make device nodes. */
  default boolean ofHost() {
    return this instanceof Host;
  }

  /**
   * Whether supplementary groups can be set. An ordinary user keeps his: to drop one may be to gain
   * what it is refused.
   */
  default boolean setsGroups() {
    return switch (this) {
      case Host host -> true;
      case InNamespace namespace -> namespace.setgroups();
      case User user -> false;
    };
  }
}
