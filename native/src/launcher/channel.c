// What a launcher says to its shim, and the one byte that it hears.
#include "launch.h"

#include "fdpass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// write, not sendmsg: it is the system call that every seccomp filter allows. A broken channel is a signal's death, which is right: nobody is left to run for.
static int send_bytes(struct launch *l, const struct writer *w) {
  if (writer_end(w) < 0)
    return -1;
  ssize_t n;
  do
    n = write(l->channel, w->buf, w->len);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)w->len ? 0 : -1;
}

int send_plain(struct launch *l, enum message type) {
  uint8_t buf[1];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u8(&w, (uint8_t)type);
  return send_bytes(l, &w);
}

int send_pid(struct launch *l, pid_t pid) {
  uint8_t buf[8];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u8(&w, MSG_PID);
  writer_i32(&w, pid);
  return send_bytes(l, &w);
}

int send_listener(struct launch *l, int fd) {
  uint8_t buf[8];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u8(&w, MSG_LISTENER);
  writer_i32(&w, fd);
  return send_bytes(l, &w);
}

void send_failure(struct launch *l, enum message type, int error) {
  uint8_t buf[DETAIL_MAX + 32];
  struct writer w = writer_on(buf, sizeof buf);
  writer_u8(&w, (uint8_t)type);
  writer_u32(&w, l->index);
  writer_u16(&w, l->code);
  writer_i32(&w, error);
  writer_u32(&w, l->item);
  writer_str_cut(&w, l->detail, DETAIL_MAX);
  send_bytes(l, &w);
}

int send_console(struct launch *l, int master) {
  uint8_t type = MSG_CONSOLE;
  return fd_send(l->channel, &type, sizeof type, master);
}

int await_go(struct launch *l) {
  uint8_t byte;
  ssize_t n;
  do
    n = read(l->channel, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n == 1)
    return 0;
  errno = n == 0 ? EPIPE : errno;
  return -1;
}
