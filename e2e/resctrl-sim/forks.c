/*
 * Children start in their parent's group, from their first instruction on (resctrl copies closid and rmid with the task,
 * dup_task_struct). Fork events of the process connector tell of each fork; the kernel queues an event before the child
 * runs, so taking in the queue before any look at the tasks gives the kernel's own order.
 *
 * Two things the events don't tell. Which thread of a process made a new thread: taken to be the first one. And whom a
 * CLONE_PARENT clone copied, for they name its new parent: a task that moved itself into a group and has neither exec'ed
 * nor ended is taken to be a launcher, and a new child of its own parent, in another mount namespace than that parent's,
 * to be its clone.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim.h"

enum { QUEUE_BYTES = 32 << 20, MESSAGE_BYTES = 8192 };
/* include/linux/proc_ns.h */
#define PROC_USER_INIT_INO 0xEFFFFFFDu
#define PROC_PID_INIT_INO 0xEFFFFFFCu

static int listen_to_forks(int fd) {
  struct {
    struct nlmsghdr header;
    struct cn_msg message;
    enum proc_cn_mcast_op op;
  } __attribute__((packed)) request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = NLMSG_DONE;
  request.header.nlmsg_pid = (unsigned)getpid();
  request.message.id.idx = CN_IDX_PROC;
  request.message.id.val = CN_VAL_PROC;
  request.message.len = sizeof request.op;
  request.op = PROC_CN_MCAST_LISTEN;
  return send(fd, &request, sizeof request, 0) < 0 ? -errno : 0;
}

static bool is_first(const char *kind, unsigned inode) {
  char path[32], link[32], first[32];
  (void)snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
  (void)snprintf(first, sizeof first, "%s:[%u]", kind, inode);
  ssize_t length = readlink(path, link, sizeof link - 1);
  if (length < 0) {
    return false;
  }
  link[length] = '\0';
  return strcmp(link, first) == 0;
}

int forks_open(struct sim *sim) {
  /* cn_proc_mcast_ctl ignores other listeners without a word, and ids in events are the first namespace's. */
  if (!is_first("pid", PROC_PID_INIT_INO) || !is_first("user", PROC_USER_INIT_INO)) {
    return -EPERM;
  }
  int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
  if (fd < 0) {
    return -errno;
  }
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC, .nl_pid = (unsigned)getpid()};
  int bytes = QUEUE_BYTES;
  int error = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
                      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0
                  ? -errno
                  : listen_to_forks(fd);
  if (error != 0) {
    (void)close(fd);
    return error;
  }
  sim->forks = fd;
  return 0;
}

static pid_t parent_of(pid_t tid) {
  char text[256];
  (void)snprintf(text, sizeof text, "/proc/%d/status", (int)tid);
  FILE *status = fopen(text, "re");
  if (status == NULL) {
    return 0;
  }
  int parent = 0;
  while (fgets(text, sizeof text, status) != NULL && sscanf(text, "PPid: %d", &parent) != 1) {
  }
  (void)fclose(status);
  return parent;
}

static bool same_mounts(pid_t a, pid_t b) {
  char path[64], first[64], second[64];
  (void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)a);
  ssize_t length = readlink(path, first, sizeof first);
  (void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)b);
  return length > 0 && readlink(path, second, sizeof second) == length && memcmp(first, second, (size_t)length) == 0;
}

void forks_moved(struct sim *sim, pid_t tid) {
  unsigned place = 0;
  while (place < MAX_MOVERS && sim->movers[place].tid != 0 && sim->movers[place].tid != tid) {
    place++;
  }
  if (place == MAX_MOVERS) {
    (void)fprintf(stderr, "resctrl-sim: too many tasks moved themselves; CLONE_PARENT clones may be in the wrong group\n");
    return;
  }
  sim->movers[place].tid = tid;
  sim->movers[place].parent = parent_of(tid);
}

static void forget(struct sim *sim, pid_t tid) {
  for (unsigned i = 0; i < MAX_MOVERS; i++) {
    if (sim->movers[i].tid == tid) {
      sim->movers[i].tid = 0;
    }
  }
}

/* Whom a child of parent is a copy of. */
static pid_t copied(const struct sim *sim, pid_t child, pid_t parent) {
  for (unsigned i = 0; i < MAX_MOVERS; i++) {
    if (sim->movers[i].tid != 0 && sim->movers[i].parent == parent && !same_mounts(child, parent)) {
      return sim->movers[i].tid;
    }
  }
  return parent;
}

static void inherit(struct sim *sim, const struct proc_event *event) {
  if (event->what == PROC_EVENT_EXEC) {
    forget(sim, event->event_data.exec.process_pid);
  } else if (event->what == PROC_EVENT_EXIT) {
    forget(sim, event->event_data.exit.process_pid);
  }
  if (event->what != PROC_EVENT_FORK) {
    return;
  }
  pid_t child = event->event_data.fork.child_pid;
  pid_t first = event->event_data.fork.child_tgid;
  pid_t from = child == first ? copied(sim, child, event->event_data.fork.parent_pid) : first;
  if (child > 0 && child < MAX_TASK_ID && from > 0 && from < MAX_TASK_ID) {
    sim->tasks[child] = sim->tasks[from];
  }
}

void forks_drain(struct sim *sim) {
  for (;;) {
    char buffer[MESSAGE_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
    ssize_t length = recv(sim->forks, buffer, sizeof buffer, 0);
    if (length < 0 && errno == ENOBUFS) {
      (void)fprintf(stderr, "resctrl-sim: fork events were lost; some children are in the wrong group\n");
      continue;
    }
    if (length < 0) {
      return;
    }
    unsigned left = (unsigned)length;
    for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      const struct cn_msg *message = NLMSG_DATA(header);
      if (header->nlmsg_type == NLMSG_DONE && message->id.idx == CN_IDX_PROC &&
          message->len >= sizeof(struct proc_event)) {
        struct proc_event event;
        memcpy(&event, message->data, sizeof event);
        inherit(sim, &event);
      }
    }
  }
}

void *forks_thread(void *argument) {
  struct sim *sim = argument;
  struct pollfd ready = {.fd = sim->forks, .events = POLLIN};
  for (;;) {
    (void)poll(&ready, 1, -1);
    (void)pthread_mutex_lock(&sim->lock);
    forks_drain(sim);
    (void)pthread_mutex_unlock(&sim->lock);
  }
  return NULL;
}
