/** Host devices given to a container: device nodes and the rules that let it use them. */
@NullMarked
package dev.carafe.runtime.device;

import org.jspecify.annotations.NullMarked;
