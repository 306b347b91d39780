package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.List;

/**
 * A configuration's mount, read: what it is and where it goes.
 *
 * @param field its place in the configuration: mounts[2]
 * @param mount as configured
 * @param options its options, sorted
 * @param target normalized path inside the container
 * @param kind how it is made
 */
record MountPlan(String field, Mount mount, MountOptions options, String target, Kind kind) {

  /** How a mount is made. */
  enum Kind {
    /** A tree of the host. */
    BIND,
    /** A tree that an earlier mount brings into the root, named by the host's path of it. */
    INSIDE,
    /** A tree of the host that stands for a file system that can't be mounted here. */
    FALLBACK,
    /** A file system of its own. */
    FILE_SYSTEM,
    /** A change of what an earlier mount made. */
    REMOUNT,
    /** A read-only overlay of the host's directories. */
    LAYERS,
    /** cgroup v1: a tmpfs with a mount for each hierarchy. */
    HIERARCHIES,
    /** Nothing, in place of cgroups that are not the container's. */
    EMPTY
  }

  /** How overlayfs takes one layer after the other (kernel 6.7; older ones get them otherwise). */
  private static final String LAYER = "lowerdir+=";

  /** Reads all mounts of a configuration. */
  static List<MountPlan> read(Spec spec, LaunchContext context, NamespaceSteps namespaces)
      throws SpecException {
    List<MountPlan> plans = new ArrayList<>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      Mount mount = spec.mounts().get(i);
      String field = "mounts[" + i + "]";
      MountOptions options = MountOptions.parse(mount.options());
      String target = inRoot(mount.destination(), context);
      Kind kind = kind(mount, options, context, namespaces);
      refuse(field, mount, options, kind);
      MountPlan plan = new MountPlan(field, mount, options, target, kind);
      plans.add(plan.isBroughtBy(plans, context) ? plan.as(Kind.INSIDE) : plan);
    }
    return plans;
  }

  private static void refuse(String field, Mount mount, MountOptions options, Kind kind)
      throws SpecException {
    String what = field + ".options";
    if (options.copyUp() && !"tmpfs".equals(mount.type())) {
      throw new SpecException(
          what, "tmpcopyup on " + mount.destination() + ": expected the type tmpfs");
    }
    if (kind == Kind.BIND && !options.data().isEmpty()) {
      throw new SpecException(
          what,
          "bind mounts cannot have any filesystem-specific options applied: "
              + mount.destination()
              + " has "
              + options.data());
    }
  }

  private static Kind kind(
      Mount mount, MountOptions options, LaunchContext context, NamespaceSteps namespaces) {
    String type = String.valueOf(mount.type());
    boolean inUser = namespaces.inUserNamespace();
    if (options.remount()) {
      return Kind.REMOUNT;
    }
    if (options.bind() || type.equals("bind")) {
      return Kind.BIND;
    }
    return switch (type) {
      case "sysfs" ->
          inUser && !namespaces.has(Namespace.Type.NETWORK) ? Kind.FALLBACK : Kind.FILE_SYSTEM;
      case "cgroup", "cgroup2" -> {
        if (type.equals("cgroup") && !context.hierarchies().isEmpty()) {
          yield Kind.HIERARCHIES;
        }
        boolean foreign = inUser && !namespaces.has(Namespace.Type.CGROUP);
        if (foreign && !context.privilege().ofHost() && !context.placement().hasCgroup()) {
          yield Kind.EMPTY;
        }
        yield foreign && context.placement().cgroup2Dir() != null
            ? Kind.FALLBACK
            : Kind.FILE_SYSTEM;
      }
      case "overlay" ->
          context.rootfs() instanceof Rootfs.Overlay && !layers(options).isEmpty()
              ? Kind.LAYERS
              : Kind.FILE_SYSTEM;
      default -> Kind.FILE_SYSTEM;
    };
  }

  /** A path in the container; one that begins with the host's path of the root goes on inside. */
  private static String inRoot(String path, LaunchContext context) {
    String whole = Paths.normalize(path);
    if (context.rootfs() instanceof Rootfs.Directory directory) {
      String root = Paths.normalize(directory.path());
      return Paths.isWithin(whole, root) ? Paths.normalize(whole.substring(root.length())) : whole;
    }
    return whole;
  }

  private MountPlan as(Kind other) {
    return new MountPlan(field, mount, options, target, other);
  }

  private boolean isBroughtBy(List<MountPlan> earlier, LaunchContext context) throws SpecException {
    if (kind != Kind.BIND || !(context.rootfs() instanceof Rootfs.Directory directory)) {
      return false;
    }
    String path = insidePath(context);
    return Paths.isWithin(Paths.normalize(source(context)), Paths.normalize(directory.path()))
        && earlier.stream().anyMatch(plan -> Paths.isWithin(path, plan.target));
  }

  /** Where the source lies inside the root, if it does. */
  String insidePath(LaunchContext context) throws SpecException {
    return inRoot(source(context), context);
  }

  private static List<String> layers(MountOptions options) {
    return options.data().stream()
        .filter(option -> option.startsWith(LAYER))
        .map(option -> option.substring(LAYER.length()))
        .toList();
  }

  /** The directories of an overlay, the uppermost first. */
  List<String> layers() {
    return layers(options);
  }

  /** The host's path of a bind mount or a fallback. */
  String source(LaunchContext context) throws SpecException {
    if (kind == Kind.FALLBACK) {
      String cgroup = context.placement().cgroup2Dir();
      return "sysfs".equals(mount.type()) || cgroup == null ? "/sys" : cgroup;
    }
    String source = mount.source();
    if (source == null) {
      throw new SpecException(
          field + ".source",
          "bind mount on " + mount.destination() + " has none: expected a path on the host");
    }
    return source.startsWith("/") ? source : context.bundle() + "/" + source;
  }

  boolean isMapped() {
    return options.idmap() || !mount.uidMappings().isEmpty();
  }

  boolean isTree() {
    return kind == Kind.FALLBACK || options.recursive();
  }
}
