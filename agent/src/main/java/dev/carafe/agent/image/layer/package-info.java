/** Layers: tar, decompression, and unpacking into overlay's form. */
@NullMarked
package dev.carafe.agent.image.layer;

import org.jspecify.annotations.NullMarked;
