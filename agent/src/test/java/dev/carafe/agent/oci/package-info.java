@NullMarked
package dev.carafe.agent.oci;

import org.jspecify.annotations.NullMarked;
