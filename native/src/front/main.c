// `carafe`, the OCI runtime's command line: a JVM decides, this process makes the container, so that its init is the caller's descendant.
#include "criu.h"
#include "inherited.h"
#include "jvm.h"
#include "node.h"
#include "sealed.h"
#include "serve.h"
#include "start.h"
#include "warm.h"
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path) {
  const char *slash = path ? strrchr(path, '/') : NULL;
  return slash ? slash + 1 : path ? path : "carafe";
}

static int serve(struct jvm *j, const char *name) {
  struct started s = {.console = -1};
  struct reader r;
  for (;;) {
    int exit_code = 1;
    int type = jvm_read(j, &r);
    switch (type) {
    case JVM_EXIT:
      return reader_u8(&r);
    case JVM_LAUNCH:
      if (start_process(j, &r, &s, &exit_code) && s.init == 0)
        return exit_code;
      break;
    case JVM_WAIT:
      jvm_end(j);
      return watch_process(&s);
    case JVM_WATCH:
      answer_number(j, FRONT_EXITED, watch_process(&s));
      break;
    case JVM_CRIU:
      criu_begin(j, &r);
      break;
    case JVM_SAY:
      criu_say(j, &r);
      break;
    case JVM_END:
      criu_end(j, &r, &s);
      break;
    default:
      if (serve_common(j, type, &r))
        break;
      fprintf(stderr, "%s: the Java part ended without an answer\n", name);
      return 1;
    }
  }
}

int main(int argc, char **argv) {
  if (sealed_is(argc, argv))
    sealed_main(argv);
  struct jvm j = {.from = -1, .to = -1};
  const char *name = base_name(argc > 0 ? argv[0] : NULL);
  if (argc > 0 && is_node_command(name, argv + 1))
    return node_run(argv);
  inherited_count();
  signal(SIGPIPE, SIG_IGN);
  char **arguments = argc > 0 ? argv + 1 : argv;
  if (warm_start(&j, name, arguments) < 0 && jvm_start(&j, name, arguments) < 0)
    return 1;
  int code = serve(&j, name);
  jvm_end(&j);
  return code;
}
