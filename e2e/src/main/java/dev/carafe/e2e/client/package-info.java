/** What the end-to-end programs share: a CRI client, images, carafed as a process. */
@NullMarked
package dev.carafe.e2e.client;

import org.jspecify.annotations.NullMarked;
