@NullMarked
package dev.carafe.runtime.plan;

import org.jspecify.annotations.NullMarked;
