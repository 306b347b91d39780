package dev.carafe.runtime.spec;

/**
 * Offset of a clock in a time namespace.
 *
 * @param secs seconds
 * @param nanosecs nanoseconds, 0 to 999999999
 */
public record TimeOffset(long secs, long nanosecs) {}
