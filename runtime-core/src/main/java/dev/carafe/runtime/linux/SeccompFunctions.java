package dev.carafe.runtime.linux;

/**
 * The functions of libseccomp that we call, and those of the C library for its output; a context is
 * a pointer. Public only because jnr-ffi implements it from another class loader.
 */
public interface SeccompFunctions {
  long seccomp_init(int defaultAction);

  void seccomp_release(long context);

  int seccomp_arch_resolve_name(String name);

  int seccomp_arch_native();

  int seccomp_arch_add(long context, int arch);

  int seccomp_attr_set(long context, int attribute, int value);

  int seccomp_syscall_resolve_name_arch(int arch, String name);

  int seccomp_rule_add_array(long context, int action, int syscall, int count, byte[] comparisons);

  int seccomp_export_bpf(long context, int fd);

  int memfd_create(String name, int flags);

  int close(int fd);
}
