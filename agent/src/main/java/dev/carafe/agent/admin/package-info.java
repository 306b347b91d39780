/** The administrator's own service beside the CRI: thin, over the packages that do the work. */
@NullMarked
package dev.carafe.agent.admin;

import org.jspecify.annotations.NullMarked;
