/** The registry client: hosts.toml, authentication, manifests and blobs. */
@NullMarked
package dev.carafe.agent.image.registry;

import org.jspecify.annotations.NullMarked;
