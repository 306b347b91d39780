// `carafe`, the OCI runtime's command line: a JVM decides, this process makes the container, so that its init is the caller's descendant.
#include "jvm.h"
#include "node.h"
#include "procs.h"
#include "start.h"
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path) {
  const char *slash = path ? strrchr(path, '/') : NULL;
  return slash ? slash + 1 : path ? path : "carafe";
}

static void answer_number(struct jvm *j, enum to_jvm type, int number) {
  uint8_t buf[4];
  struct writer w = writer_on(buf, sizeof buf);
  writer_i32(&w, number);
  jvm_send(j, type, &w);
}

static void kill_for(struct jvm *j, struct reader *r) {
  pid_t pid = reader_i32(r);
  uint64_t start = reader_u64(r);
  int signal = reader_i32(r);
  answer_number(j, FRONT_KILLED, process_kill(pid, start, signal));
}

static int serve(struct jvm *j, const char *name) {
  struct started s = {.console = -1};
  struct reader r;
  for (;;) {
    int exit_code = 1;
    switch (jvm_read(j, &r)) {
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
    case JVM_KILL:
      kill_for(j, &r);
      break;
    default:
      fprintf(stderr, "%s: the Java part ended without an answer\n", name);
      return 1;
    }
  }
}

int main(int argc, char **argv) {
  struct jvm j = {.from = -1, .to = -1};
  const char *name = base_name(argc > 0 ? argv[0] : NULL);
  if (argc > 0 && is_node_command(name, argv + 1))
    return node_run(argv);
  signal(SIGPIPE, SIG_IGN);
  if (jvm_start(&j, name, argc > 0 ? argv + 1 : argv) < 0)
    return 1;
  int code = serve(&j, name);
  jvm_end(&j);
  return code;
}
