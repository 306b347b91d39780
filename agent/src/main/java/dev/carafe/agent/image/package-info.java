/** Images: pull, import, list, remove, and the layers that containers run on. */
@NullMarked
package dev.carafe.agent.image;

import org.jspecify.annotations.NullMarked;
