package dev.carafe.runtime.rdt;

import dev.carafe.runtime.rdt.RdtException.Kind;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Classes by name, as pods ask for them. */
public final class RdtClasses {
  /** What the groups of Carafe's own configuration begin with. */
  public static final String DEFAULT_PREFIX = "carafe-";

  /** What the groups of private classes begin with; nobody can ask for one by its name. */
  public static final String PRIVATE_PREFIX = "carafe.private-";

  private static final String CONTAINER_KEY = "io.kubernetes.cri.rdt-class";
  private static final String POD_KEY = "rdt.resources.beta.kubernetes.io/pod";
  private static final String POD_CONTAINER_KEY = "rdt.resources.beta.kubernetes.io/container.";
  private static final String ROOT_CLASS = "system/default";

  private final Resctrl resctrl;
  private final String prefix;

  /** Classes of one resctrl tree. */
  public RdtClasses(Resctrl resctrl, String prefix) {
    this.resctrl = Objects.requireNonNull(resctrl, "resctrl");
    this.prefix = Objects.requireNonNull(prefix, "prefix");
  }

  /** Where a class was asked for. */
  public enum Source {
    /** The container's own annotation. */
    CONTAINER,
    /** The pod's annotation for one container. */
    POD_CONTAINER,
    /** The pod's annotation for all containers. */
    POD,
    /** Nobody: the configuration's default for the pod's quality of service. */
    DEFAULT
  }

  /**
   * A class that somebody asked for.
   *
   * @param name as written
   * @param source where
   * @param key of the annotation, or of the configuration for a default
   */
  public record Choice(String name, Source source, String key) {
    public Choice {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(source, "source");
      Objects.requireNonNull(key, "key");
    }
  }

  /**
   * The class of a container: its own annotation, else the pod's for it, else the pod's for all
   * (the precedence of containerd and CRI-O).
   *
   * @return null when nobody asks for one
   */
  public static @Nullable Choice choose(
      Map<String, String> container, Map<String, String> pod, String containerName) {
    String own = container.get(CONTAINER_KEY);
    if (own != null) {
      return new Choice(own, Source.CONTAINER, CONTAINER_KEY);
    }
    String key = POD_CONTAINER_KEY + containerName;
    String named = pod.get(key);
    if (named != null) {
      return new Choice(named, Source.POD_CONTAINER, key);
    }
    String all = pod.get(POD_KEY);
    return all == null ? null : new Choice(all, Source.POD, POD_KEY);
  }

  /**
   * The closID of a class: {@code /} for an empty name or {@code system/default}, else the group of
   * Carafe's own with this name, else any group with it.
   *
   * @throws RdtException NO_CLASS naming the class, the annotation and the classes there are
   */
  public String closId(Choice choice) {
    String name = choice.name();
    if (name.isEmpty() || name.equals(ROOT_CLASS)) {
      return "/";
    }
    for (String candidate : new String[] {prefix + name, name}) {
      if (!candidate.equals("/")
          && !candidate.startsWith(PRIVATE_PREFIX)
          && Files.isDirectory(resctrl.group(candidate))) {
        return candidate;
      }
    }
    throw new RdtException(
        Kind.NO_CLASS,
        "RDT class '"
            + name
            + (choice.source() == Source.DEFAULT ? "' of " : "' of annotation ")
            + choice.key()
            + " does not exist; there are "
            + names());
  }

  /** The names by which classes can be asked for, ascending, {@code system/default} among them. */
  public List<String> names() {
    Set<String> names = new TreeSet<>(Set.of(ROOT_CLASS));
    for (String group : resctrl.classes()) {
      if (!group.startsWith(PRIVATE_PREFIX)) {
        names.add(group.startsWith(prefix) ? group.substring(prefix.length()) : group);
      }
    }
    return List.copyOf(names);
  }
}
