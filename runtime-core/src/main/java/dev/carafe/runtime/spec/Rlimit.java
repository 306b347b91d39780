package dev.carafe.runtime.spec;

import java.util.Objects;

/**
 * One resource limit.
 *
 * @param type which resource
 * @param hard ceiling, unsigned; -1 (18446744073709551615 in JSON) is unlimited
 * @param soft limit in force, unsigned, at most the ceiling
 */
public record Rlimit(Type type, @Uint64 long hard, @Uint64 long soft) {
  /** No limit, RLIM_INFINITY. */
  public static final long UNLIMITED = -1L;

  public Rlimit {
    Objects.requireNonNull(type, "type");
  }

  /** The resources of getrlimit(2). */
  public enum Type {
    RLIMIT_CPU(0),
    RLIMIT_FSIZE(1),
    RLIMIT_DATA(2),
    RLIMIT_STACK(3),
    RLIMIT_CORE(4),
    RLIMIT_RSS(5),
    RLIMIT_NPROC(6),
    RLIMIT_NOFILE(7),
    RLIMIT_MEMLOCK(8),
    RLIMIT_AS(9),
    RLIMIT_LOCKS(10),
    RLIMIT_SIGPENDING(11),
    RLIMIT_MSGQUEUE(12),
    RLIMIT_NICE(13),
    RLIMIT_RTPRIO(14),
    RLIMIT_RTTIME(15);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    /** The kernel's number on every architecture but alpha, mips and sparc. */
    public int number() {
      return number;
    }
  }
}
