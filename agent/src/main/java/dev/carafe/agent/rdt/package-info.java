/**
 * Classes of service (Intel RDT) of pods: the configuration in force, which class a container gets
 * and why, and its groups in resctrl from creation to end.
 */
@NullMarked
package dev.carafe.agent.rdt;

import org.jspecify.annotations.NullMarked;
