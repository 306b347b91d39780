/** Linux security modules: AppArmor's profiles and SELinux's labels, as the node has them. */
@NullMarked
package dev.carafe.runtime.lsm;

import org.jspecify.annotations.NullMarked;
