package dev.carafe.runtime.checkpoint;

/** What CRIU does about cgroups, with criu's numbers (criu_cg_mode). */
public enum CgroupMode {
  /** Nothing: what is restored stays in the cgroup that criu was put into. */
  IGNORE(0),
  /** Sub cgroups are made again, with their properties where they are new. */
  SOFT(3),
  /** They get their properties also where they are there. */
  FULL(4),
  /** They must not be there. */
  STRICT(5);

  private final int number;

  CgroupMode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
