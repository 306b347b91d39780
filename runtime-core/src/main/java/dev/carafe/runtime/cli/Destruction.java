package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;

/** The end of a container: what it held goes, then its poststop hooks run. */
final class Destruction {
  private final Session session;

  Destruction(Session session) {
    this.session = session;
  }

  /** Removes a container whose init has ended. A hook that fails is logged, no more. */
  void destroy(Container container) throws ContainerException, IOException {
    Spec spec = container.spec();
    Hooks hooks = spec.hooks();
    // A process that is left would keep its group's members from going.
    container.killAll();
    Rdt.release(session, spec, container.record().id());
    container.destroy();
    if (hooks != null) {
      new HookRunner(session.front())
          .runAll("poststop", hooks.poststop(), container.record(), session.log());
    }
  }

  /**
   * Undoes a container that did not come to be; what can't be removed stays on record for delete.
   */
  static void undo(Session session, String id) {
    try {
      new Destruction(session).destroy(session.store().load(id));
    } catch (ContainerException noRecord) {
      removeDirectory(session, id);
    } catch (IOException | RuntimeException e) {
      session.log().debug("cannot remove container " + id + ": " + e.getMessage());
    }
  }

  private static void removeDirectory(Session session, String id) {
    try {
      session.store().remove(id);
    } catch (ContainerException | IOException e) {
      session.log().debug("cannot remove container " + id + ": " + e.getMessage());
    }
  }
}
