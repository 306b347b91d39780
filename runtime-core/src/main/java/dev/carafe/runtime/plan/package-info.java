/**
 * Launch plans: what the launcher shall do, as data; compiled from configurations, encoded for the
 * wire, printed for people.
 */
@NullMarked
package dev.carafe.runtime.plan;

import org.jspecify.annotations.NullMarked;
