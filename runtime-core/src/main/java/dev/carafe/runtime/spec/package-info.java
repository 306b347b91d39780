/** Records of the OCI runtime configuration (config.json) and their validation. */
@NullMarked
package dev.carafe.runtime.spec;

import org.jspecify.annotations.NullMarked;
