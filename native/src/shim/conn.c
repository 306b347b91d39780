#include "conn.h"

#include "fd.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

static struct conn conns[CONNS_MAX];
static struct handler listener = {.fd = -1};
static uint32_t generations;

static void conn_ready(struct handler *h, uint32_t events);

static uint32_t get_u32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_head(uint8_t *p, size_t len, uint16_t type, uint32_t id) {
  struct writer w = writer_on(p, FRAME_HEAD);
  writer_u32(&w, (uint32_t)len);
  writer_u16(&w, type);
  writer_u16(&w, 0);
  writer_u32(&w, id);
}

static void *pages(size_t len) {
  void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

void payload_free(uint8_t *p, size_t len) {
  if (p) {
    munmap(p, len);
  }
}

int conn_adopt(int fd) {
  for (size_t i = 0; i < CONNS_MAX; i++) {
    struct conn *c = &conns[i];
    if (c->generation == 0) {
      generations = generations == UINT32_MAX ? 1 : generations + 1;
      *c = (struct conn){.generation = generations, .h = {.fd = -1, .ready = conn_ready}};
      if (loop_add(&c->h, fd, EPOLLIN) < 0) {
        c->generation = 0;
        return -1;
      }
      return 0;
    }
  }
  errno = EMFILE;
  return -1;
}

static void accept_ready(struct handler *h, uint32_t events) {
  (void)events;
  int fd = accept4(h->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    return;
  }
  struct ucred peer = {.uid = (uid_t)-1};
  socklen_t len = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.uid != 0) {
    close(fd);
    return;
  }
  if (conn_adopt(fd) < 0) {
    close(fd);
  }
}

int conn_listen(const char *path) {
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof addr.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(addr.sun_path, path, strlen(path) + 1);
  FD_AUTO int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || (unlink(path) < 0 && errno != ENOENT)) {
    return -1;
  }
  mode_t old = umask(0177);
  int rc = bind(fd, (struct sockaddr *)&addr, sizeof addr);
  umask(old);
  listener.ready = accept_ready;
  if (rc < 0 || listen(fd, 64) < 0 || loop_add(&listener, fd, EPOLLIN) < 0) {
    return -1;
  }
  fd_take(&fd);
  return 0;
}

struct ticket conn_ticket(const struct conn *c, uint16_t type, uint32_t id) {
  return (struct ticket){
      .generation = c->generation, .id = id, .conn = (uint16_t)(c - conns), .type = type, .used = true};
}

struct conn *conn_of(const struct ticket *t) {
  struct conn *c = &conns[t->conn];
  return t->used && c->generation == t->generation ? c : NULL;
}

void conn_each(void (*fn)(struct conn *c, void *arg), void *arg) {
  for (size_t i = 0; i < CONNS_MAX; i++) {
    if (conns[i].generation) {
      fn(&conns[i], arg);
    }
  }
}

static void drop_out(struct conn *c) {
  if (c->out) {
    munmap(c->out, c->out_cap);
  }
  c->out = NULL;
  c->out_cap = c->out_at = c->out_len = 0;
}

static void row_free(struct conn *c) {
  payload_free(c->payload, c->payload_len);
  c->payload = NULL;
  drop_out(c);
  c->generation = 0;
}

void conn_close(struct conn *c) {
  if (c->mode != CONN_CONTROL) {
    stream_gone(c);
  }
  loop_close(&c->h);
  row_free(c);
}

void conn_abandon(struct conn *c) {
  loop_close(&c->h);
  row_free(c);
}

bool conn_blocked(const struct conn *c) {
  return c->out_len > c->out_at;
}

static void rewatch(struct conn *c, bool reading) {
  loop_mod(&c->h, (reading && !c->closing ? EPOLLIN : 0u) | (conn_blocked(c) ? EPOLLOUT : 0u));
}

void conn_pause(struct conn *c) {
  rewatch(c, false);
}

void conn_resume(struct conn *c) {
  rewatch(c, true);
}

void conn_close_drained(struct conn *c) {
  if (conn_blocked(c)) {
    c->closing = true;
    rewatch(c, false);
  } else {
    conn_close(c);
  }
}

uint8_t *conn_take_payload(struct conn *c) {
  uint8_t *p = c->payload;
  c->payload = NULL;
  return p;
}

static void conn_flush(struct conn *c) {
  while (conn_blocked(c)) {
    ssize_t n = send(c->h.fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) {
        conn_close(c);
      }
      return;
    }
    c->out_at += (size_t)n;
  }
  drop_out(c);
  if (c->closing) {
    conn_close(c);
    return;
  }
  rewatch(c, !c->stdin_held && c->mode != CONN_EXEC_STARTING);
  if (c->mode != CONN_CONTROL) {
    stream_drained(c);
  }
}

static size_t backlog_limit(const struct conn *c) {
  return c->mode == CONN_ATTACH ? ATTACH_BACKLOG + 4096 : CONTROL_BACKLOG;
}

// Keeps what the peer did not take. False when it is more than this connection may leave unread.
static bool keep(struct conn *c, const uint8_t *data, size_t len) {
  if (c->out_len - c->out_at + len > backlog_limit(c)) {
    return false;
  }
  if (c->out_at > 0 && c->out_len + len > c->out_cap) {
    memmove(c->out, c->out + c->out_at, c->out_len - c->out_at);
    c->out_len -= c->out_at;
    c->out_at = 0;
  }
  size_t need = c->out_len + len;
  if (need > c->out_cap) {
    size_t cap = (need + 65535) & ~(size_t)65535;
    uint8_t *bigger = pages(cap);
    if (!bigger) {
      return false;
    }
    if (c->out) {
      memcpy(bigger, c->out, c->out_len);
      munmap(c->out, c->out_cap);
    }
    c->out = bigger;
    c->out_cap = cap;
  }
  memcpy(c->out + c->out_len, data, len);
  c->out_len = need;
  return true;
}

static void conn_write(struct conn *c, const uint8_t *head, const void *data, size_t len) {
  if (c->closing) {
    return;
  }
  size_t sent = 0;
  if (!conn_blocked(c)) {
    struct iovec iov[2] = {{.iov_base = (void *)(uintptr_t)head, .iov_len = FRAME_HEAD},
                           {.iov_base = (void *)(uintptr_t)data, .iov_len = len}};
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};
    ssize_t n = sendmsg(c->h.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    // A broken connection is seen and closed by the loop (EPOLLHUP), so that no caller loses its connection under its feet.
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return;
    }
    sent = n < 0 ? 0 : (size_t)n;
    if (sent == FRAME_HEAD + len) {
      return;
    }
  }
  bool kept = sent >= FRAME_HEAD || keep(c, head + sent, FRAME_HEAD - sent);
  size_t done = sent > FRAME_HEAD ? sent - FRAME_HEAD : 0;
  kept = kept && (len == done || keep(c, (const uint8_t *)data + done, len - done));
  if (!kept) {
    shutdown(c->h.fd, SHUT_RDWR); // the loop closes it
    drop_out(c);
    c->closing = true;
    loop_mod(&c->h, EPOLLIN);
    return;
  }
  loop_mod(&c->h, (c->stdin_held || c->mode == CONN_EXEC_STARTING ? 0u : EPOLLIN) | EPOLLOUT);
}

void conn_send(struct conn *c, uint16_t type, uint32_t id, const void *data, size_t len) {
  uint8_t head[FRAME_HEAD];
  put_head(head, len, type, id);
  conn_write(c, head, data, len);
}

static void refuse_frame(struct conn *c, int err, const char *why) {
  struct ticket t = conn_ticket(c, 0, get_u32(c->head + 8));
  reply_error(&t, err, "%s", why);
  conn_close_drained(c);
}

static void frame_complete(struct conn *c) {
  uint16_t type = (uint16_t)(c->head[4] | c->head[5] << 8);
  uint32_t generation = c->generation;
  uint32_t len = c->payload_len;
  const uint8_t *payload = c->payload ? c->payload : (const uint8_t *)"";
  c->have = 0;
  if (c->mode == CONN_CONTROL) {
    dispatch(c, type, get_u32(c->head + 8), payload, len);
  } else {
    stream_frame(c, type, payload, len);
  }
  if (c->generation == generation && !c->stdin_held) {
    payload_free(c->payload, len);
    c->payload = NULL;
  }
}

static void head_complete(struct conn *c) {
  c->payload_len = get_u32(c->head);
  if (c->payload_len > FRAME_MAX) {
    refuse_frame(c, EMSGSIZE, "a frame is longer than 8 MiB");
  } else if (c->head[6] || c->head[7]) {
    refuse_frame(c, EBADMSG, "the reserved field of a frame is not zero");
  } else if (c->payload_len == 0) {
    frame_complete(c);
  } else if (!(c->payload = pages(c->payload_len))) {
    refuse_frame(c, ENOMEM, "no memory for a frame");
  }
}

static void conn_read(struct conn *c) {
  bool in_head = c->have < FRAME_HEAD;
  uint8_t *to = in_head ? c->head + c->have : c->payload + (c->have - FRAME_HEAD);
  size_t want = in_head ? FRAME_HEAD - c->have : c->payload_len - (c->have - FRAME_HEAD);
  ssize_t n = recv(c->h.fd, to, want, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    conn_close(c);
    return;
  }
  if (n < 0) {
    return;
  }
  c->have += (uint32_t)n;
  if (in_head && c->have == FRAME_HEAD) {
    head_complete(c);
  } else if (!in_head && c->have == FRAME_HEAD + c->payload_len) {
    frame_complete(c);
  }
}

static void conn_ready(struct handler *h, uint32_t events) {
  struct conn *c = container_of(h, struct conn, h);
  uint32_t generation = c->generation;
  if (events & EPOLLOUT) {
    conn_flush(c);
  }
  if (c->generation != generation) {
    return;
  }
  if (c->closing ? events & (EPOLLHUP | EPOLLERR | EPOLLIN) : (events & (EPOLLHUP | EPOLLERR)) && !(events & EPOLLIN)) {
    conn_close(c);
  } else if (events & EPOLLIN) {
    conn_read(c);
  }
}
