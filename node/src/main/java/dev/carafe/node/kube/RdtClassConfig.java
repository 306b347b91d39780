package dev.carafe.node.kube;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/**
 * The custom resource {@code rdtclassconfigs.carafe.dev}: RDT classes for the nodes that it
 * selects.
 */
@Group(Names.GROUP)
@Version("v1alpha1")
public final class RdtClassConfig extends CustomResource<RdtClassConfigSpec, RdtClassConfigStatus> {
  private static final long serialVersionUID = 1;

  /** Nothing: a record has no empty form. */
  @Override
  protected @Nullable RdtClassConfigSpec initSpec() {
    return null;
  }

  /** Nothing: a record has no empty form. */
  @Override
  protected @Nullable RdtClassConfigStatus initStatus() {
    return null;
  }
}
