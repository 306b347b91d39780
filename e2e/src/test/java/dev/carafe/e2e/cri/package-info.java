/** The agent from outside: gRPC over its socket, as a kubelet speaks it, and the kernel's files. */
@NullMarked
package dev.carafe.e2e.cri;

import org.jspecify.annotations.NullMarked;
