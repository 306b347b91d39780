/**
 * The node's side of the cluster: its node object, events, and where RDT configurations come from.
 * All of it may be away for as long as it likes; nothing on the host waits for it.
 */
@NullMarked
package dev.carafe.node.kube;

import org.jspecify.annotations.NullMarked;
