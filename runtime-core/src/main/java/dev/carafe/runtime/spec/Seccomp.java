package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A system call filter.
 *
 * @param defaultAction what happens to calls that no rule names
 * @param defaultErrnoRet errno of a default ERRNO; absent is EPERM
 * @param architectures architectures beyond the native one
 * @param flags flags of seccomp(2); null (not the same as empty) lets the runtime choose
 * @param listenerPath socket of the agent for NOTIFY
 * @param listenerMetadata text for that agent
 * @param syscalls the rules
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Seccomp(
    SeccompAction defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<SeccompArch> architectures,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Flag> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    List<SeccompSyscall> syscalls) {
  public Seccomp {
    Objects.requireNonNull(defaultAction, "defaultAction");
    architectures = Values.list(architectures);
    flags = flags == null ? null : List.copyOf(flags);
    listenerPath = Values.text(listenerPath);
    listenerMetadata = Values.text(listenerMetadata);
    syscalls = Values.list(syscalls);
  }

  /** Flags of SECCOMP_SET_MODE_FILTER with the kernel's bits. */
  public enum Flag {
    SECCOMP_FILTER_FLAG_TSYNC(1),
    SECCOMP_FILTER_FLAG_LOG(2),
    SECCOMP_FILTER_FLAG_SPEC_ALLOW(4),
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV(32);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
      return bit;
    }
  }
}
