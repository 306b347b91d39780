package dev.carafe.runtime.rdt.plan;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Copies of resctrl trees: the info directory and the root's schemata, and nothing else. */
public final class SavedTree {
  private SavedTree() {}

  /** The shapes that goresctrl's expected values are for (facts/cri.md 2.3), by name. */
  public static Path write(Path parent, String shape) throws Exception {
    Path dir = Files.createDirectory(parent.resolve(shape));
    switch (shape) {
      case "full" -> {
        cache(dir, "L3", "fffff", 1, "c0000", 16);
        bandwidth(dir, 8);
        root(dir, "L3:0=fffff;1=fffff;2=fffff;3=fffff", "MB:0=100;1=100;2=100;3=100");
      }
      case "nomb" -> {
        cache(dir, "L3", "fffff", 2, "c0000", 16);
        root(dir, "L3:0=fffff;1=fffff;2=fffff;3=fffff");
      }
      case "nomb.cdp" -> {
        cache(dir, "L3CODE", "fffff", 1, "c0000", 8);
        cache(dir, "L3DATA", "fffff", 1, "c0000", 8);
        root(
            dir,
            "L3DATA:0=001ff;1=001ff;2=001ff;3=001ff",
            "L3CODE:0=001ff;1=001ff;2=001ff;3=001ff");
      }
      case "nol3" -> {
        bandwidth(dir, 8);
        root(dir, "MB:0=100;1=100;2=100;3=100");
      }
      case "nol3.mbps" -> {
        bandwidth(dir, 8);
        root(dir, "MB:0=4294967295;1=4294967295;2=4294967295;3=4294967295");
      }
      case "l2" -> {
        cache(dir, "L2", "ff", 1, "0", 4);
        root(dir, "L2:0=ff;1=ff");
      }
      case "l2cdp" -> {
        cache(dir, "L2CODE", "fffff", 1, "0", 4);
        cache(dir, "L2DATA", "fffff", 1, "0", 4);
        cache(dir, "L3", "fff", 1, "400", 4);
        root(
            dir,
            "    L3:0=00fff",
            "L2DATA:0=fffff;1=fffff;2=fffff;3=fffff",
            "L2CODE:0=fffff;1=fffff;2=fffff;3=fffff");
      }
      default -> throw new IllegalArgumentException(shape);
    }
    return dir;
  }

  static Hardware hardware(Path parent, String shape, @Nullable Set<String> options)
      throws Exception {
    return Hardware.read(write(parent, shape), options);
  }

  static void cache(
      Path dir, String resource, String mask, int minBits, String shareable, int closids)
      throws Exception {
    Path info = Files.createDirectories(dir.resolve("info").resolve(resource));
    Files.writeString(info.resolve("cbm_mask"), mask + "\n");
    Files.writeString(info.resolve("min_cbm_bits"), minBits + "\n");
    Files.writeString(info.resolve("shareable_bits"), shareable + "\n");
    Files.writeString(info.resolve("num_closids"), closids + "\n");
  }

  static void bandwidth(Path dir, int closids) throws Exception {
    Path info = Files.createDirectories(dir.resolve("info/MB"));
    Files.writeString(info.resolve("bandwidth_gran"), "10\n");
    Files.writeString(info.resolve("min_bandwidth"), "10\n");
    Files.writeString(info.resolve("delay_linear"), "1\n");
    Files.writeString(info.resolve("num_closids"), closids + "\n");
  }

  static void root(Path dir, String... lines) throws Exception {
    Files.writeString(dir.resolve("schemata"), String.join("\n", lines) + "\n");
  }
}
