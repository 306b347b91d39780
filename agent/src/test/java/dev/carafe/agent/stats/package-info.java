@NullMarked
package dev.carafe.agent.stats;

import org.jspecify.annotations.NullMarked;
