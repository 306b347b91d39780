@NullMarked
package dev.carafe.cri;

import org.jspecify.annotations.NullMarked;
