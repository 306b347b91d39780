@NullMarked
package dev.carafe.agent.stream;

import org.jspecify.annotations.NullMarked;
