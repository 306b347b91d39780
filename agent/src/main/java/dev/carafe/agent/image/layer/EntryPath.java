package dev.carafe.agent.image.layer;

import java.util.ArrayList;
import java.util.List;

/**
 * A place in a layer: components below its root, none of them empty, {@code .} or {@code ..}. The
 * empty list is the root itself. Components are {@linkplain Raw raw}.
 */
record EntryPath(List<String> components) {
  static final EntryPath ROOT = new EntryPath(List.of());
  private static final int NAME_MAX = 255;

  EntryPath {
    components = List.copyOf(components);
  }

  /** What an archive calls an entry; leading {@code /} and {@code ./} mean the root. */
  static EntryPath parse(String raw, LayerLimits limits) throws TarFormatException {
    if (raw.length() > limits.maxPathBytes()) {
      throw new TarFormatException(
          "path is %d bytes long: at most %d".formatted(raw.length(), limits.maxPathBytes()));
    }
    if (raw.indexOf('\0') >= 0) {
      throw new TarFormatException("path holds a NUL");
    }
    List<String> components = new ArrayList<>();
    for (String component : split(raw)) {
      if (component.equals("..")) {
        throw new TarFormatException("path holds '..' and could leave the image");
      }
      if (component.length() > NAME_MAX) {
        throw new TarFormatException("path has a component of more than 255 bytes");
      }
      components.add(component);
    }
    if (components.size() > limits.maxDepth()) {
      throw new TarFormatException(
          "path has %d components: at most %d".formatted(components.size(), limits.maxDepth()));
    }
    return new EntryPath(components);
  }

  /** The components of any path, without empty ones and {@code .}. */
  static List<String> split(String raw) {
    List<String> components = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= raw.length(); i++) {
      if (i == raw.length() || raw.charAt(i) == '/') {
        String component = raw.substring(start, i);
        if (!component.isEmpty() && !component.equals(".")) {
          components.add(component);
        }
        start = i + 1;
      }
    }
    return components;
  }

  boolean isRoot() {
    return components.isEmpty();
  }

  EntryPath parent() {
    return new EntryPath(components.subList(0, components.size() - 1));
  }

  String base() {
    return components.getLast();
  }

  EntryPath child(String name) {
    List<String> longer = new ArrayList<>(components);
    longer.add(name);
    return new EntryPath(longer);
  }

  /** The path as the kernel takes it, empty for the root. */
  byte[] bytes() {
    return Raw.bytes(String.join("/", components));
  }

  /** For people. */
  @Override
  public String toString() {
    return "/" + Raw.show(String.join("/", components));
  }
}
