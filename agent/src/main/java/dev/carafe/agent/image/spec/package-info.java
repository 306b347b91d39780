/**
 * What images are made of: references, digests, manifests, configurations, and the errors about
 * them.
 */
@NullMarked
package dev.carafe.agent.image.spec;

import org.jspecify.annotations.NullMarked;
