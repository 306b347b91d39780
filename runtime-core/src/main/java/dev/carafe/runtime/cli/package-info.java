/**
 * The OCI command line: runc's contract. A C process in front (native/PROTOCOL.md section 4) makes
 * the containers; here is decided what and how.
 */
@NullMarked
package dev.carafe.runtime.cli;

import org.jspecify.annotations.NullMarked;
