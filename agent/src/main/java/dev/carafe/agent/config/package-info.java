/** The agent's configuration: carafe.toml, its drop-ins and command line flags. */
@NullMarked
package dev.carafe.agent.config;

import org.jspecify.annotations.NullMarked;
