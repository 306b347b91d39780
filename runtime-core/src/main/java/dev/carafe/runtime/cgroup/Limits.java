package dev.carafe.runtime.cgroup;

import java.util.List;

/**
 * Resources compiled for one cgroup: the writes in their order, and what was asked for that this
 * machine does not enforce.
 *
 * @param settings in the order in which the kernel accepts them
 * @param notEnforced sentences, each naming the request and why nothing enforces it
 */
record Limits(List<Setting> settings, List<String> notEnforced) {
  Limits {
    settings = List.copyOf(settings);
    notEnforced = List.copyOf(notEnforced);
  }
}
