/*
 * resctrl-sim: a SIMULATED resctrl file system for tests on machines without Intel RDT.
 *
 * Functions that can fail return 0 or a negative errno, as the kernel's do. Each rule names, in a comment, the function
 * of the kernel it mirrors (Linux 6.12, arch/x86/kernel/cpu/resctrl; fs/resctrl from 6.16 on). All state is in one
 * struct sim, guarded by its lock.
 */
#ifndef RESCTRL_SIM_H
#define RESCTRL_SIM_H

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

enum {
  MAX_RESOURCES = 4,
  MAX_SCHEMAS = 2 * MAX_RESOURCES,
  MAX_DOMAINS = 8,
  MAX_EVENTS = 4,
  MAX_GROUPS = 256,
  MAX_RMIDS = 256,
  MAX_CLOSIDS = 32,
  MAX_CPUS = 32,
  MAX_TASK_ID = 1 << 22, /* PID_MAX_LIMIT */
  STATUS_SIZE = 512,     /* last_cmd_status_buf */
  WRITE_SIZE = 4096,     /* atomic_write_len */
  NAME_SIZE = 256,
  MAX_MOVERS = 64,
  MAX_DEMANDS = 64
};

/* --- profiles.c: what hardware is simulated, as data ------------------------------------------------------------ */

enum resource_kind { CACHE, BANDWIDTH };

struct resource {
  const char *name;
  enum resource_kind kind;
  unsigned num_closids;
  unsigned domains; /* with the ids 0, 1, ... */
  /* CACHE */
  unsigned cbm_len, min_cbm_bits;
  uint32_t shareable_bits;
  bool sparse, cdp_capable;
  unsigned cache_bytes;
  /* BANDWIDTH, in percent, or in MB/s (mba_MBps) */
  unsigned min_bw, max_bw, bw_gran;
  bool megabytes;
  const char *throttle_mode; /* NULL: AMD's, whose delay is not linear */
};

struct profile {
  const char *name, *text;
  unsigned cpus;
  struct resource resources[MAX_RESOURCES]; /* in the order of the kernel's rdt_resources_all; ends at a NULL name */
  unsigned num_rmids, mon_domains;          /* 0: no monitoring */
  unsigned max_threshold_occupancy;         /* bytes */
  const char *events[MAX_EVENTS + 1];
};

extern const struct profile profiles[]; /* ends at a NULL name */
const struct profile *profile_find(const char *name);
uint32_t resource_default(const struct resource *resource);

/* --- state ------------------------------------------------------------------------------------------------------ */

enum group_mode { SHAREABLE, EXCLUSIVE };

/* A control group (parent NULL) or a monitoring group. */
struct group {
  bool used;
  unsigned serial; /* differs between two groups that had the same slot */
  char name[NAME_SIZE];
  struct group *parent;
  unsigned closid, rmid;
  uint32_t cpus;
  enum group_mode mode;
  uint32_t ctrl[MAX_SCHEMAS][MAX_DOMAINS];
  /* load.c: bytes counted, and the MB value that was in force before a change at a CLOCK_MONOTONIC time */
  double mbm_local[MAX_DOMAINS], mbm_total[MAX_DOMAINS];
  uint32_t mb_before[MAX_DOMAINS];
  int64_t mb_since[MAX_DOMAINS];
};

/* A line of the schemata file. */
struct schema {
  char name[16];
  const struct resource *resource;
};

/* A row of the load file; bytes per second, and bytes of cache. */
struct demand {
  char group[2 * NAME_SIZE];
  unsigned domain;
  double local, remote, bytes;
};

/* load.c: the traffic that is played. */
struct load {
  int64_t at; /* up to which the counters are right; 0 before the first look */
  ino_t inode;
  struct timespec modified;
  unsigned count;
  struct demand demands[MAX_DEMANDS];
  double capacity[MAX_DOMAINS]; /* bytes per second, 0 for no end */
  int64_t delay_ns;
  double noise;
  uint64_t random;
};

struct sim {
  pthread_mutex_t lock;
  const struct profile *profile;
  struct schema schemas[MAX_SCHEMAS]; /* in the order of the file */
  unsigned schema_count;
  struct group groups[MAX_GROUPS]; /* [0] is the default group */
  unsigned next_serial;
  int64_t rmid_free_at[MAX_RMIDS]; /* CLOCK_MONOTONIC in ns; INT64_MAX: in use */
  unsigned limbo_ms;
  unsigned max_threshold_occupancy;
  char status[STATUS_SIZE];
  const char *counters; /* directory with the values of counters, or NULL */
  const char *load_file; /* what is played, or NULL */
  struct load load;
  int forks;            /* netlink socket */
  pid_t caller_pid;     /* who makes the request under way */
  uid_t caller_uid;
  /* Tasks that moved themselves and have neither exec'ed nor ended; tid 0 is a free entry. */
  struct {
    pid_t tid, parent;
  } movers[MAX_MOVERS];
  struct {
    uint16_t closid, rmid;
  } tasks[MAX_TASK_ID]; /* by thread id */
};

void sim_init(struct sim *sim, const struct profile *profile);

/* --- text.c: info/last_cmd_status, and the kernel's number parsing ---------------------------------------------- */

void status_clear(struct sim *sim);
__attribute__((format(printf, 2, 3))) void status_add(struct sim *sim, const char *format, ...);
int parse_unsigned(const char *text, unsigned base, uint64_t max, uint64_t *value);
int parse_signed(const char *text, int *value);
char *trim(char *text);

/* --- groups.c --------------------------------------------------------------------------------------------------- */

struct group *group_find(struct sim *sim, struct group *parent, const char *name);
int group_make_ctrl(struct sim *sim, const char *name);
int group_make_mon(struct sim *sim, struct group *parent, const char *name);
void group_remove(struct sim *sim, struct group *group);
bool closid_used(const struct sim *sim, unsigned closid, const struct group **owner);

/* --- schemata.c, cpus.c, tasks.c, mon.c, info.c: contents of files ---------------------------------------------- */

struct node;
typedef int show_fn(struct sim *sim, const struct node *node, FILE *out);
/* text is NUL-terminated at length, may be changed, and is at most WRITE_SIZE bytes. */
typedef int write_fn(struct sim *sim, const struct node *node, char *text, size_t length);

int schemata_init_group(struct sim *sim, struct group *group);
show_fn schemata_show, size_show, mode_show;
write_fn schemata_write, mode_write;
show_fn cpus_show, cpus_list_show;
write_fn cpus_write, cpus_list_write;
show_fn tasks_show;
write_fn tasks_write;
void tasks_move_all(struct sim *sim, const struct group *from, const struct group *to);
show_fn mon_show;
show_fn last_cmd_status_show, num_closids_show, cbm_mask_show, min_cbm_bits_show, shareable_bits_show, bit_usage_show,
    sparse_masks_show, min_bandwidth_show, bandwidth_gran_show, delay_linear_show, thread_throttle_mode_show,
    mon_features_show, num_rmids_show, max_threshold_show;
write_fn max_threshold_write;

/* --- load.c: traffic that moves the counters -------------------------------------------------------------------- */

/* Counts the traffic up to now. Called before anything that changes it. */
void load_advance(struct sim *sim);
void load_limit_changes(struct sim *sim, struct group *group, unsigned domain, uint32_t before);
uint64_t load_count(struct sim *sim, const struct group *group, unsigned domain, const char *event);

/* --- forks.c: inheritance --------------------------------------------------------------------------------------- */

int forks_open(struct sim *sim);
/* A task has moved itself: it may be about to clone with CLONE_PARENT. */
void forks_moved(struct sim *sim, pid_t tid);
/* Takes in every fork that happened before the call. Called with the lock held. */
void forks_drain(struct sim *sim);
/* Drains as forks happen, for ever. */
void *forks_thread(void *sim);

/* --- tree.c ----------------------------------------------------------------------------------------------------- */

enum place {
  IN_CTRL = 1,
  IN_MON = 2,
  IN_MON_GROUPS = 4,
  IN_MON_DATA = 8,
  IN_MON_DOMAIN = 16,
  IN_INFO = 32,
  IN_INFO_CACHE = 64,
  IN_INFO_BANDWIDTH = 128,
  IN_INFO_MON = 256
};

struct file_row {
  const char *name;
  mode_t mode;
  unsigned places; /* in which kinds of directory it lies */
  show_fn *show;
  write_fn *write;
};

/* A directory (file NULL) or a file in it. */
struct node {
  const struct file_row *file;
  enum place place; /* the directory's kind, or that of the file's directory */
  struct group *group;
  const struct schema *schema; /* below info */
  unsigned domain;             /* below mon_data */
  const char *event;
};

typedef bool visit_fn(void *argument, const char *name, const struct node *node);

/* Visits what lies in a directory until visit says false. */
void tree_each(struct sim *sim, const struct node *dir, visit_fn *visit, void *argument);
int tree_find(struct sim *sim, const char *path, struct node *node);
int tree_mkdir(struct sim *sim, const char *path);
int tree_rmdir(struct sim *sim, const char *path);
unsigned tree_subdirectories(struct sim *sim, const struct node *dir);

#endif
