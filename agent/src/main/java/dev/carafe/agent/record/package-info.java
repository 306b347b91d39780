/** How the agent writes its records: small JSON files, readable by a person. */
@NullMarked
package dev.carafe.agent.record;

import org.jspecify.annotations.NullMarked;
