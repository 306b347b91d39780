/** The image store on disk. */
@NullMarked
package dev.carafe.agent.image.store;

import org.jspecify.annotations.NullMarked;
