// A shim has no stderr: what the sanitizers find goes to a file, and the shim ends, so that a test sees it.
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void) {
  return "detect_leaks=0:abort_on_error=1:log_path=/tmp/carafe-shim-asan";
}

const char *__ubsan_default_options(void) {
  return "halt_on_error=1:abort_on_error=1:print_stacktrace=1:log_path=/tmp/carafe-shim-ubsan";
}
