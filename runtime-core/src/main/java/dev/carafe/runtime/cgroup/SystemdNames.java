package dev.carafe.runtime.cgroup;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Names of systemd's units and the cgroup paths that follow from them (systemd.slice(5)): a dash
 * nests a slice, so {@code a-b.slice} lies in {@code a.slice}.
 */
public final class SystemdNames {
  private static final String SLICE = ".slice";
  private static final String ROOT = "-.slice";

  private SystemdNames() {}

  /**
   * The path of a container whose {@code linux.cgroupsPath} is {@code SLICE:PREFIX:NAME}, as runc
   * has it: the unit is {@code PREFIX-NAME.scope}, or NAME itself where that ends in .slice.
   *
   * @param cgroupsPath as configured; absent is {@code :carafe:ID}
   * @param id the container's ID
   * @param defaultSlice for an empty SLICE
   * @throws CgroupException when it has not three parts, or the slice is none
   */
  public static String resolve(@Nullable String cgroupsPath, String id, String defaultSlice) {
    String wanted = Objects.requireNonNullElse(cgroupsPath, "");
    String[] parts = (wanted.isEmpty() ? ":carafe:" + id : wanted).split(":", -1);
    if (parts.length != 3) {
      throw CgroupException.invalid(
          "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \""
              + wanted
              + "\" instead");
    }
    String slice = parts[0].isEmpty() ? defaultSlice : parts[0];
    String unit = parts[2].endsWith(SLICE) ? parts[2] : scope(parts[1], parts[2]);
    return below(slicePath(slice), unit);
  }

  static boolean isSlice(String unit) {
    return unit.endsWith(SLICE);
  }

  /** The unit of a container. */
  static String scope(String prefix, String name) {
    String unit = prefix.isEmpty() ? name + ".scope" : prefix + "-" + name + ".scope";
    if (!unit.matches("[A-Za-z0-9:_.\\\\@-]{1,255}")) {
      throw CgroupException.invalid(
          "'" + unit + "' is no name of a systemd unit: letters, digits and :-_.\\@ are");
    }
    return unit;
  }

  /**
   * The cgroup path of a slice: {@code a-b.slice} is {@code /a.slice/a-b.slice}, {@code -.slice} is
   * the root.
   *
   * @throws CgroupException for what is no slice's name
   */
  public static String slicePath(String slice) {
    if (slice.equals(ROOT)) {
      return "/";
    }
    String name = slice.endsWith(SLICE) ? slice.substring(0, slice.length() - 6) : "";
    if (!name.matches("[A-Za-z0-9:_.\\\\@]+(-[A-Za-z0-9:_.\\\\@]+)*")) {
      throw CgroupException.invalid(
          "'" + slice + "' is no name of a systemd slice: expected a form such as a-b.slice");
    }
    StringBuilder path = new StringBuilder();
    for (int dash = name.indexOf('-'); dash >= 0; dash = name.indexOf('-', dash + 1)) {
      path.append('/').append(name, 0, dash).append(SLICE);
    }
    return path.append('/').append(slice).toString();
  }

  /** The path of a unit in a slice. */
  static String below(String slicePath, String unit) {
    return slicePath.equals("/") ? "/" + unit : slicePath + "/" + unit;
  }

  /** The unit at the end of a path. */
  static String unit(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The slice in which the unit at the end of a path lies; directly below a manager, its root. */
  static String slice(String path) {
    int end = path.lastIndexOf('/');
    String above = end <= 0 ? ROOT : unit(path.substring(0, end));
    return above.endsWith(SLICE) ? above : ROOT;
  }
}
