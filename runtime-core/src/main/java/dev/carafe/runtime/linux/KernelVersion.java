package dev.carafe.runtime.linux;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel release's version.
 *
 * @param major first number
 * @param minor second number
 */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
  /** The oldest kernel that Carafe supports. */
  public static final KernelVersion FLOOR = new KernelVersion(5, 15);

  private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");
  private static final Comparator<KernelVersion> ORDER =
      Comparator.comparingInt(KernelVersion::major).thenComparingInt(KernelVersion::minor);

  /** The running kernel. */
  public static KernelVersion running() {
    return parse(System.getProperty("os.version"));
  }

  /**
   * Reads a release such as {@code 6.12.57+deb13-cloud-amd64}.
   *
   * @throws IllegalArgumentException when it does not begin with two numbers
   */
  public static KernelVersion parse(String release) {
    Matcher matcher = RELEASE.matcher(release);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a kernel release: '" + release + "'");
    }
    return new KernelVersion(
        Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  @Override
  public int compareTo(KernelVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
