/**
 * {@code carafe-node}, the second process of a node, and an optional one: what knows Kubernetes. It
 * installs Carafe on the host, follows the cluster's RDT classes and tells the cluster what
 * happens. Pods and carafed do not notice when it is away.
 */
@NullMarked
package dev.carafe.node;

import org.jspecify.annotations.NullMarked;
