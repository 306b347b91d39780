package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What START and EXEC carry (native/PROTOCOL.md section 3, "launch"). The plan's bytes are not
 * copied: do not change them.
 *
 * @param id 1 to 127 letters, digits, '_', '.', '-'
 * @param kind what the plan makes
 * @param target container whose init's pidfd is slot 0 of the plan, or null
 * @param plan an encoded launch plan, at most 4 MiB
 * @param stdio what stdin, stdout and stderr are
 * @param log the CRI log, or null
 * @param exitRecord where the exit record is written, or null
 * @param cgroupDirs where signals to all and the kill at init's end go, at most 16
 * @param oomCounter memory.events (v2) or memory.oom_control (v1), or null
 * @param killRest kill what is left in cgroupDirs when init ends, before its exit is reported
 */
@SuppressWarnings("ArrayRecordComponent")
public record LaunchRequest(
    String id,
    ProcessKind kind,
    @Nullable String target,
    byte[] plan,
    Stdio stdio,
    @Nullable Log log,
    @Nullable Path exitRecord,
    List<Path> cgroupDirs,
    @Nullable Path oomCounter,
    boolean killRest) {
  private static final int PLAN_LIMIT = 4 << 20;

  /**
   * What a process's stdio is.
   *
   * @param terminal the plan makes a terminal
   * @param stdin stdin is kept open for writers, else it is /dev/null
   * @param once stdin closes when a writer says so
   */
  public record Stdio(boolean terminal, boolean stdin, boolean once) {
    /** Output only. */
    public static final Stdio OUTPUT = new Stdio(false, false, false);
  }

  /**
   * A CRI log.
   *
   * @param path its file
   * @param lineMax bytes of text in a record, 1 to 16384, or 0 for 16384
   */
  public record Log(Path path, int lineMax) {
    /** Checks the components. */
    public Log {
      requireNonNull(path);
      if (lineMax < 0 || lineMax > 16_384) {
        throw new IllegalArgumentException(
            "a log record has 1 to 16384 bytes (0: 16384), not " + lineMax);
      }
    }
  }

  /** Checks the components. */
  public LaunchRequest {
    requireNonNull(id);
    requireNonNull(kind);
    requireNonNull(plan);
    requireNonNull(stdio);
    if (plan.length > PLAN_LIMIT) {
      throw new IllegalArgumentException(
          "the plan of " + id + " has " + plan.length + " bytes: expected at most " + PLAN_LIMIT);
    }
    cgroupDirs = List.copyOf(cgroupDirs);
    if (cgroupDirs.size() > 16) {
      throw new IllegalArgumentException("at most 16 cgroup directories, not " + cgroupDirs.size());
    }
  }

  /** A launch without log, record, cgroups or counter. */
  public static LaunchRequest plain(String id, ProcessKind kind, byte[] plan) {
    return new LaunchRequest(
        id, kind, null, plan, Stdio.OUTPUT, null, null, List.of(), null, false);
  }

  WireWriter encode(WireWriter out) {
    out.str(id).u8(kind.code()).str(target == null ? "" : target).blob(plan);
    out.bool(stdio.terminal).bool(stdio.stdin).bool(stdio.once);
    out.str(log == null ? "" : log.path.toString()).u32(log == null ? 0 : log.lineMax);
    out.str(text(exitRecord)).strings(cgroupDirs.stream().map(Path::toString).toList());
    return out.str(text(oomCounter)).bool(killRest);
  }

  private static String text(@Nullable Path path) {
    return path == null ? "" : path.toString();
  }
}
