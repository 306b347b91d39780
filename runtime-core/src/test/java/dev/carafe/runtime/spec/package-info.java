@NullMarked
package dev.carafe.runtime.spec;

import org.jspecify.annotations.NullMarked;
