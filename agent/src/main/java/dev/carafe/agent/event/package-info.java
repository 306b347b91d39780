/** What happens to pods and containers, for whoever wants to hear of it at once. */
@NullMarked
package dev.carafe.agent.event;

import org.jspecify.annotations.NullMarked;
