package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A range of ids, each 0 to 4294967295.
 *
 * @param containerId first id inside
 * @param hostId first id outside
 * @param size how many
 */
public record IdMapping(
    @JsonProperty("containerID") long containerId,
    @JsonProperty("hostID") long hostId,
    long size) {}
