package dev.carafe.node.kube;

/** The names that Carafe uses on objects of a cluster; the chart and the manifests use them too. */
public final class Names {
  /** The group of the custom resource, and the prefix of everything below. */
  public static final String GROUP = "carafe.dev";

  /** installing, ready or failed. */
  public static final String RUNTIME_LABEL = GROUP + "/runtime";

  /** The build in use. */
  public static final String BUILD_LABEL = GROUP + "/build";

  /** On a node that is being changed. */
  public static final String TAINT = GROUP + "/installing";

  /** Why the last installation failed. */
  public static final String FAILURE_ANNOTATION = GROUP + "/failure";

  /** The RDT classes that pods can ask for on the node, with commas between. */
  public static final String CLASSES_ANNOTATION = GROUP + "/rdt-classes";

  /** What of the node's labels tells what its hardware can do. */
  public static final String RDT_LABEL_PREFIX = "rdt." + GROUP + "/";

  /** The extended resource of classes of service that private classes may still take. */
  public static final String CLOSID_RESOURCE = GROUP + "/closids";

  private Names() {}
}
