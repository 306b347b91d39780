/* Which thread is in which group. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

typedef bool task_fn(void *argument, pid_t tid);

/* Every id in a folder of /proc, until visit says false; false if it did. */
static bool each_id(const char *folder, task_fn *visit, void *argument) {
  DIR *dir = opendir(folder);
  if (dir == NULL) {
    return true; /* the process is gone */
  }
  bool go_on = true;
  for (struct dirent *entry; go_on && (entry = readdir(dir)) != NULL;) {
    if (isdigit((unsigned char)entry->d_name[0])) {
      go_on = visit(argument, (pid_t)strtol(entry->d_name, NULL, 10));
    }
  }
  (void)closedir(dir);
  return go_on;
}

struct threads {
  task_fn *visit;
  void *argument;
};

static bool each_thread(void *argument, pid_t pid) {
  const struct threads *threads = argument;
  char folder[64];
  (void)snprintf(folder, sizeof folder, "/proc/%d/task", (int)pid);
  return each_id(folder, threads->visit, threads->argument);
}

/* for_each_process_thread */
static void each_task(task_fn *visit, void *argument) {
  struct threads threads = {visit, argument};
  (void)each_id("/proc", each_thread, &threads);
}

static bool is_task(pid_t tid) {
  char path[32];
  (void)snprintf(path, sizeof path, "/proc/%d", (int)tid);
  return tid > 0 && tid < MAX_TASK_ID && access(path, F_OK) == 0;
}

/* is_closid_match, is_rmid_match */
static bool is_in(const struct sim *sim, pid_t tid, const struct group *group) {
  return tid < MAX_TASK_ID && sim->tasks[tid].closid == group->closid &&
         (group->parent == NULL || sim->tasks[tid].rmid == group->rmid);
}

struct listing {
  const struct sim *sim;
  const struct group *group;
  FILE *out;
};

static bool list(void *argument, pid_t tid) {
  const struct listing *listing = argument;
  if (is_in(listing->sim, tid, listing->group)) {
    (void)fprintf(listing->out, "%d\n", (int)tid);
  }
  return true;
}

/* show_rdt_tasks, except that ids are those of the simulator's pid namespace and not of the reader's. */
int tasks_show(struct sim *sim, const struct node *node, FILE *out) {
  forks_drain(sim);
  struct listing listing = {sim, node->group, out};
  each_task(list, &listing);
  return 0;
}

static void put(struct sim *sim, pid_t tid, const struct group *group) {
  sim->tasks[tid].closid = (uint16_t)group->closid;
  sim->tasks[tid].rmid = (uint16_t)group->rmid;
}

/* rdt_move_group_tasks; by number, so that a thread that is about to be seen in /proc is not missed. */
void tasks_move_all(struct sim *sim, const struct group *from, const struct group *to) {
  for (pid_t tid = 1; tid < MAX_TASK_ID; tid++) {
    if (is_in(sim, tid, from)) {
      put(sim, tid, to);
    }
  }
}

/* --- ids of other pid namespaces -------------------------------------------------------------------------------- */

static bool pid_namespace(pid_t tid, char *link, size_t size) {
  char path[64];
  (void)snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)tid);
  ssize_t length = readlink(path, link, size - 1);
  if (length < 0) {
    return false;
  }
  link[length] = '\0';
  return true;
}

/* The last field of NSpid: the id that a task has in its own namespace; 0 if it is gone. */
static pid_t inner_id(pid_t tid) {
  char text[256];
  (void)snprintf(text, sizeof text, "/proc/%d/status", (int)tid);
  FILE *status = fopen(text, "re");
  if (status == NULL) {
    return 0;
  }
  pid_t id = 0;
  while (id == 0 && fgets(text, sizeof text, status) != NULL) {
    if (strncmp(text, "NSpid:", 6) == 0) {
      const char *last = strrchr(trim(text), '\t');
      id = last == NULL ? 0 : (pid_t)strtol(last, NULL, 10);
    }
  }
  (void)fclose(status);
  return id;
}

struct search {
  char namespace[64];
  pid_t inner, found;
};

static bool matches(void *argument, pid_t tid) {
  struct search *search = argument;
  char namespace[64];
  if (inner_id(tid) == search->inner && pid_namespace(tid, namespace, sizeof namespace) &&
      strcmp(namespace, search->namespace) == 0) {
    search->found = tid;
  }
  return search->found == 0;
}

/* find_task_by_vpid: a number counts in the writer's pid namespace. Tasks of namespaces below it are not found. */
static pid_t resolve(const struct sim *sim, pid_t number) {
  struct search search = {.inner = number};
  char own[64];
  if (!pid_namespace(sim->caller_pid, search.namespace, sizeof search.namespace) ||
      !pid_namespace(getpid(), own, sizeof own)) {
    return 0;
  }
  if (strcmp(own, search.namespace) == 0) {
    return is_task(number) ? number : 0;
  }
  each_task(matches, &search);
  return search.found;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

/* rdtgroup_task_write_permission */
static int may_move(struct sim *sim, pid_t tid) {
  char path[32];
  struct stat about;
  (void)snprintf(path, sizeof path, "/proc/%d", (int)tid);
  if (sim->caller_uid == 0 || (stat(path, &about) == 0 && about.st_uid == sim->caller_uid)) {
    return 0;
  }
  status_add(sim, "No permission to move task %d\n", (int)tid);
  return -EPERM;
}

/* rdtgroup_move_task, __rdtgroup_move_task */
static int move(struct sim *sim, int number, const struct group *group) {
  pid_t tid = number == 0 ? sim->caller_pid : resolve(sim, number);
  if (!is_task(tid)) {
    status_add(sim, "No task %d\n", number);
    return -ESRCH;
  }
  int error = may_move(sim, tid);
  if (error != 0) {
    return error;
  }
  if (group->parent != NULL && sim->tasks[tid].closid != group->closid) {
    status_add(sim, "Can't move task to different control group\n");
    return -EINVAL;
  }
  put(sim, tid, group);
  if (number == 0) {
    forks_moved(sim, tid);
  }
  return 0;
}

/* rdtgroup_tasks_write: ids between commas; those before a bad one have moved. */
int tasks_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  (void)length;
  forks_drain(sim);
  status_clear(sim);
  while (text != NULL && text[0] != '\0' && text[0] != '\n') {
    const char *id = trim(strsep(&text, ","));
    int number;
    if (parse_signed(id, &number) != 0) {
      status_add(sim, "Task list parsing error pid %s\n", id);
      return -EINVAL;
    }
    if (number < 0) {
      status_add(sim, "Invalid pid %d\n", number);
      return -EINVAL;
    }
    int error = move(sim, number, node->group);
    if (error != 0) {
      status_add(sim, "Error while processing task %d\n", number);
      return error;
    }
  }
  return 0;
}
