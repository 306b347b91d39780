#include "listener.h"

#include "compat.h"
#include "console.h"
#include "fd.h"
#include "fdpass.h"
#include "hook.h"

#include <errno.h>
#include <string.h>
#include <sys/pidfd.h>

int listener_send(pid_t pid, int number, const char *socket, struct reader state) {
  static char text[HOOK_STATE_MAX];
  if (read_state(&state, pid, text, sizeof text) < 0)
    return -1;
  FD_AUTO int process = pidfd_open(pid, 0);
  FD_AUTO int listener = process < 0 ? -1 : pidfd_getfd(process, number, 0);
  if (listener < 0)
    return -1;
  FD_AUTO int agent = socket_connect(socket);
  return agent < 0 ? -1 : fd_send(agent, text, strlen(text), listener);
}
