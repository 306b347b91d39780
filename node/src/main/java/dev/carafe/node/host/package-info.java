/**
 * Installs, upgrades and removes Carafe on a host: a ladder of steps over the host's root
 * directory, each of which can be repeated and undone. Knows no Kubernetes.
 */
@NullMarked
package dev.carafe.node.host;

import org.jspecify.annotations.NullMarked;
