package dev.carafe.runtime.spec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/**
 * Checks configurations before anything is made of them: what the specification and runc refuse,
 * and what the kernel would refuse late and without a word. Each problem names its field, the value
 * and what was expected.
 */
public final class SpecValidator {
  private SpecValidator() {}

  /** Every problem, in the order of the configuration; empty when it is valid. */
  public static List<SpecException> problems(Spec spec) {
    Problems problems = new Problems();
    problems.require(
        spec.ociVersion().matches("1\\.\\d+(\\.\\d+.*)?"),
        "ociVersion",
        "'" + spec.ociVersion() + "': expected 1.x");
    if (spec.process() != null) {
      ProcessRules.check(spec.process(), "process", problems);
    }
    Root root = spec.root();
    problems.require(
        root != null && !root.path().isEmpty(),
        "root",
        "absent: expected the path of a root directory");
    if (root != null) {
      problems.text(root.path(), "root.path");
    }
    MountRules.check(spec.mounts(), problems);
    if (spec.hooks() != null) {
      HookRules.check(spec.hooks(), problems);
    }
    Linux linux = spec.linux();
    problems.require(linux != null, "linux", "absent: expected at least namespaces");
    if (linux != null) {
      LinuxRules.check(linux, problems);
      names(spec, linux, problems);
    }
    return problems.found();
  }

  /**
   * Throws the first problem, if there is one.
   *
   * @throws SpecException when the configuration is not valid
   */
  public static void check(Spec spec) throws SpecException {
    first(problems(spec));
  }

  /**
   * Checks a process by itself, as that of an exec.
   *
   * @throws SpecException when it is not valid
   */
  public static void check(Process process) throws SpecException {
    Problems problems = new Problems();
    ProcessRules.check(process, "process", problems);
    first(problems.found());
  }

  /**
   * Checks what an ordinary user's container must be beyond valid.
   *
   * @throws SpecException when it is not
   */
  public static void checkRootless(Spec spec) throws SpecException {
    Problems problems = new Problems();
    RootlessRules.check(spec, problems);
    first(problems.found());
  }

  /**
   * The same of a process by itself, as that of an exec.
   *
   * @throws SpecException when it is not
   */
  public static void checkRootless(Process process) throws SpecException {
    Problems problems = new Problems();
    RootlessRules.check(process, problems);
    first(problems.found());
  }

  private static void first(List<SpecException> problems) throws SpecException {
    if (!problems.isEmpty()) {
      throw problems.getFirst();
    }
  }

  private static void names(Spec spec, Linux linux, Problems problems) {
    boolean uts = linux.namespace(Namespace.Type.UTS) != null;
    if (spec.hostname() != null) {
      name(spec.hostname(), "hostname", uts, problems);
    }
    if (spec.domainname() != null) {
      name(spec.domainname(), "domainname", uts, problems);
    }
  }

  /** sethostname(2) takes 64 bytes. */
  private static void name(String name, String field, boolean uts, Problems problems) {
    problems.require(
        uts, field, "'" + name + "' would change the host's: expected a uts namespace");
    problems.require(
        name.getBytes(UTF_8).length <= 64, field, "'" + name + "': expected at most 64 bytes");
    problems.text(name, field);
  }
}
