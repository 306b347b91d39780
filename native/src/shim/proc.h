// The table of processes that this shim started, from START or EXEC until FORGET, and everything that belongs to one of them.
#ifndef CARAFE_PROC_H
#define CARAFE_PROC_H

#include "children.h"
#include "conn.h"
#include "log.h"
#include "loop.h"
#include "swrk.h"

#include <sys/types.h>

#define PROCS_MAX 512
#define ID_MAX 127
#define WAITERS_MAX 4

enum kind { KIND_CONTAINER = 1, KIND_EXEC = 2, KIND_PREPARE = 3, KIND_POD_INIT = 4 };

enum state { STATE_STARTING = 0, STATE_PARKED = 1, STATE_RUNNING = 2, STATE_EXITED = 3, STATE_FAILED = 4 };

// One of stdout, stderr or the terminal's master.
struct pump {
  struct handler h;
  struct proc *proc;
  bool err; // stderr
  bool open;
  bool paused;
  bool tty;
  uint8_t *held; // text of an unfinished line, log_line_max + 1 bytes; NULL without a log
  uint32_t held_len;
  uint64_t sent; // bytes given to an exec's client
  int64_t left; // bytes still to be read, -1 without limit
};

// What a launch asked for and is needed later; strings point into `text`.
struct launch {
  uint8_t *text;
  size_t text_len;
  const char *target, *log_path, *exit_path, *oom_path;
  const char *cgroup_dirs; // NUL-separated
  uint32_t cgroup_count;
  uint32_t log_line_max;
  bool terminal, wants_stdin, stdin_once, kill_rest;
  const uint8_t *plan; // inside `frame`, which is freed once the launcher is forked
  uint32_t plan_len;
  uint8_t *frame;
  size_t frame_len;
  bool by_criu; // criu makes the process, not a launcher; `words` has its argv, env and files, inside `frame`
  struct reader words;
};

struct oom {
  struct handler h; // of memory.events, or of v1's eventfd
  int fd; // the counter's file, or -1
  uint32_t base, last;
  struct timer recheck; // v1 tells before it kills
  int tries;
};

struct proc {
  bool used;
  enum kind kind;
  enum state state;
  char id[ID_MAX + 1];
  pid_t launcher; // 0 when it was reaped
  pid_t pid; // of the program; 0 before it is known
  bool pid_alive;
  int64_t started_at, finished_at;
  int32_t exit_code, signal;
  uint32_t oom_kills;
  struct failure failure;

  struct launch launch;
  struct oom oom;
  struct handler channel;
  bool execing, done, failing;
  struct ticket waiters[WAITERS_MAX];

  struct pump out, err; // a terminal's master is `out`
  struct handler in;
  bool terminal_open;
  struct log *log;
  bool log_closing;
  struct ticket reopen;
  struct timer flush; // EXITED waits a moment for the log
  uint64_t flush_mark;
  bool exit_pending; // the exit is seen, EXITED not sent yet
  bool forgotten; // gone from the table's view as soon as its log is closed
  struct child killer; // killRest under way

  struct swrk criu; // its process is `launcher`, its socket `channel`

  // of an exec, or of criu's dialogue
  struct conn *client;
  uint32_t timeout_ms, drain_ms;
  uint64_t cap;
  struct timer deadline; // the time-out, then the drain's end
  bool timed_out;
  bool ended; // reaped, draining
};

struct proc *proc_find(const char *id);
struct proc *proc_by_launcher(pid_t pid);
struct proc *proc_by_pid(pid_t pid); // of those not yet reaped
struct proc *proc_new(const char *id, enum kind kind); // NULL with errno
void proc_free(struct proc *p); // closes and gives back everything
void proc_close_log(struct proc *p); // once nothing more can come
void proc_each(void (*fn)(struct proc *p, void *arg), void *arg);
bool proc_alive(const struct proc *p); // starting, parked or running, or its exit is not yet reported
bool proc_any_alive(void);
bool proc_any_starting(void);

void proc_encode(struct writer *w, const struct proc *p);
// Answers everybody who waits for this start with the present outcome.
void proc_answer(struct proc *p);
void proc_answer_one(struct proc *p, const struct ticket *t);
int proc_wait(struct proc *p, const struct ticket *t); // remembers a waiter; -1 with EAGAIN

// Events to the subscribers.
void event_exited(struct proc *p);
void event_oom(struct proc *p);
void event_warn(struct proc *p, const struct failure *f);

#endif
