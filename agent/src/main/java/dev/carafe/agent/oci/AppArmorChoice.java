package dev.carafe.agent.oci;

/** Which AppArmor profile a container gets. */
public sealed interface AppArmorChoice {
  /** None. */
  record Unconfined() implements AppArmorChoice {}

  /** The runtime's own. */
  record RuntimeDefault() implements AppArmorChoice {}

  /**
   * One that somebody has loaded.
   *
   * @param profile its name
   */
  record Localhost(String profile) implements AppArmorChoice {}
}
