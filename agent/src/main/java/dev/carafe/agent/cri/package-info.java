/** The CRI services: protobuf in, domain call, protobuf out. */
@NullMarked
package dev.carafe.agent.cri;

import org.jspecify.annotations.NullMarked;
