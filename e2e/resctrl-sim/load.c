/*
 * What the memory traffic of groups would be: a plant for counters and control loops, played from the file of --load.
 * Nothing here mirrors the kernel but which counters count what. The file is read again whenever it changes:
 *
 *   capacity DOMAIN MIB_PER_S            what the memory of a domain gives in all; without it all that is wanted
 *   delay MS                             a new MB value is in force so much later (0)
 *   noise PERCENT                        each reading's traffic is off by up to so much (0)
 *   load GROUP DOMAIN LOCAL REMOTE BYTES what the tasks of a group want: MiB/s from the domain's memory and from another
 *                                        one's, and cache. GROUP as a path below the mount point, / for the root
 *
 * MB caps a control group with its monitoring groups: N % of the capacity, or N MiB/s with mba_MBps. What is wanted
 * beyond the capacity is cut in proportion, so that one group's traffic takes another's away.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sim.h"

#define MIB 1048576.0
#define STEP_NS 10000000ll
enum { MAX_STEPS = 2000 };

static int64_t now_ns(void) {
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static int read_row(struct load *load, const char *text) {
  unsigned domain;
  double number;
  struct demand demand = {0};
  if (sscanf(text, " capacity %u %lf", &domain, &number) == 2 && domain < MAX_DOMAINS && number > 0) {
    load->capacity[domain] = number * MIB;
  } else if (sscanf(text, " delay %lf", &number) == 1 && number >= 0) {
    load->delay_ns = (int64_t)(number * 1e6);
  } else if (sscanf(text, " noise %lf", &number) == 1 && number >= 0 && number < 100) {
    load->noise = number / 100;
  } else if (sscanf(text, " load %511s %u %lf %lf %lf", demand.group, &demand.domain, &demand.local, &demand.remote,
                    &demand.bytes) == 5 &&
             demand.domain < MAX_DOMAINS && demand.local >= 0 && demand.remote >= 0 && load->count < MAX_DEMANDS) {
    demand.local *= MIB;
    demand.remote *= MIB;
    load->demands[load->count++] = demand;
  } else {
    text += strspn(text, " \t\n");
    return *text == '\0' || *text == '#' ? 0 : -EINVAL;
  }
  return 0;
}

/* Who replaces the file by a rename is never read half way. */
static void read_file(struct sim *sim) {
  struct load *load = &sim->load;
  struct stat about;
  if (sim->load_file == NULL || stat(sim->load_file, &about) != 0 ||
      (load->inode == about.st_ino && load->modified.tv_sec == about.st_mtim.tv_sec &&
       load->modified.tv_nsec == about.st_mtim.tv_nsec)) {
    return;
  }
  load->inode = about.st_ino;
  load->modified = about.st_mtim;
  load->count = 0;
  load->delay_ns = 0;
  load->noise = 0;
  memset(load->capacity, 0, sizeof load->capacity);
  FILE *file = fopen(sim->load_file, "re");
  char line[1024];
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (read_row(load, line) != 0) {
      (void)fprintf(stderr, "resctrl-sim: %s: expected capacity, delay, noise or load, got %s", sim->load_file, line);
    }
  }
  if (file != NULL) {
    (void)fclose(file);
  }
}

static struct group *group_at(struct sim *sim, const char *path) {
  struct node node;
  return tree_find(sim, path, &node) == 0 && node.file == NULL && (node.place == IN_CTRL || node.place == IN_MON)
             ? node.group
             : NULL;
}

static struct group *control_of(struct group *group) { return group->parent == NULL ? group : group->parent; }

/* The bytes per second that a control group may take; 0 for no limit. */
static double limit(struct sim *sim, const struct group *control, unsigned domain, int64_t now) {
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    if (resource->kind == BANDWIDTH && strcmp(sim->schemas[s].name, "MB") == 0 && domain < resource->domains) {
      bool settled = now - control->mb_since[domain] >= sim->load.delay_ns;
      uint32_t value = settled ? control->ctrl[s][domain] : control->mb_before[domain];
      return resource->megabytes ? value * MIB : sim->load.capacity[domain] * value / 100;
    }
  }
  return 0;
}

/* A number from 1 - noise to 1 + noise; the same ones in each run (a linear congruential generator). */
static double disturbance(struct load *load) {
  load->random = load->random * 6364136223846793005ull + 1442695040888963407ull;
  return 1 + load->noise * ((double)(load->random >> 11) / (double)(1ull << 52) - 1);
}

struct flow {
  struct group *group;
  double local, remote, disturbance;
};

/* One domain's traffic for a step of so many seconds. */
static void flow(struct sim *sim, unsigned domain, struct flow *flows, unsigned count, double seconds, int64_t now) {
  double wanted[MAX_GROUPS] = {0};
  double sum = 0;
  for (unsigned i = 0; i < count; i++) {
    wanted[control_of(flows[i].group) - sim->groups] += flows[i].local + flows[i].remote;
  }
  for (unsigned g = 0; g < MAX_GROUPS; g++) {
    double most = wanted[g] == 0 ? 0 : limit(sim, &sim->groups[g], domain, now);
    sum += most > 0 && most < wanted[g] ? most : wanted[g];
  }
  double capacity = sim->load.capacity[domain];
  double share = capacity > 0 && sum > capacity ? capacity / sum : 1;
  for (unsigned i = 0; i < count; i++) {
    struct group *group = flows[i].group;
    double all = wanted[control_of(group) - sim->groups];
    double most = limit(sim, control_of(group), domain, now);
    double part = share * (most > 0 && most < all ? most / all : 1) * flows[i].disturbance * seconds;
    group->mbm_local[domain] += flows[i].local * part;
    group->mbm_total[domain] += (flows[i].local + flows[i].remote) * part;
  }
}

static void advance_domain(struct sim *sim, unsigned domain, int64_t from, int64_t to) {
  struct flow flows[MAX_DEMANDS];
  unsigned count = 0;
  for (unsigned i = 0; i < sim->load.count; i++) {
    const struct demand *demand = &sim->load.demands[i];
    struct group *group = demand->domain == domain ? group_at(sim, demand->group) : NULL;
    if (group != NULL) {
      flows[count++] = (struct flow){group, demand->local, demand->remote, disturbance(&sim->load)};
    }
  }
  int64_t step = (to - from) / MAX_STEPS > STEP_NS ? (to - from) / MAX_STEPS : STEP_NS;
  for (int64_t at = from; count > 0 && at < to; at += step) {
    int64_t end = at + step < to ? at + step : to;
    flow(sim, domain, flows, count, (double)(end - at) / 1e9, at);
  }
}

void load_advance(struct sim *sim) {
  if (sim->load_file == NULL) {
    return;
  }
  int64_t now = now_ns();
  for (unsigned d = 0; sim->load.at != 0 && d < sim->profile->mon_domains; d++) {
    advance_domain(sim, d, sim->load.at, now);
  }
  sim->load.at = now;
  read_file(sim);
}

void load_limit_changes(struct sim *sim, struct group *group, unsigned domain, uint32_t before) {
  (void)sim;
  group->mb_before[domain] = before;
  group->mb_since[domain] = now_ns();
}

typedef double count_fn(const struct sim *sim, const struct group *group, unsigned domain);

/* mon_event_count: a control group's counter is the sum of its own and of its monitoring groups'. */
static double counted(const struct sim *sim, const struct group *group, count_fn *one, unsigned domain) {
  double sum = one(sim, group, domain);
  for (unsigned i = 1; group->parent == NULL && i < MAX_GROUPS; i++) {
    if (sim->groups[i].used && sim->groups[i].parent == group) {
      sum += one(sim, &sim->groups[i], domain);
    }
  }
  return sum;
}

static double local(const struct sim *sim, const struct group *group, unsigned domain) {
  (void)sim;
  return group->mbm_local[domain];
}

static double total(const struct sim *sim, const struct group *group, unsigned domain) {
  (void)sim;
  return group->mbm_total[domain];
}

/* As much of what is wanted as the ways of the mask hold. */
static double occupied(const struct sim *sim, const struct group *group, unsigned domain) {
  double bytes = 0;
  for (unsigned i = 0; i < sim->load.count; i++) {
    const struct demand *demand = &sim->load.demands[i];
    if (demand->domain == domain && group_at((struct sim *)(uintptr_t)sim, demand->group) == group) {
      bytes += demand->bytes;
    }
  }
  const struct group *control = group->parent == NULL ? group : group->parent;
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    if (resource->kind == CACHE && strcmp(sim->schemas[s].name, "L3") == 0 && domain < resource->domains) {
      double most = (double)resource->cache_bytes / resource->cbm_len * __builtin_popcount(control->ctrl[s][domain]);
      bytes = bytes < most ? bytes : most;
    }
  }
  return bytes;
}

uint64_t load_count(struct sim *sim, const struct group *group, unsigned domain, const char *event) {
  load_advance(sim);
  if (strcmp(event, "llc_occupancy") == 0) {
    return (uint64_t)counted(sim, group, occupied, domain);
  }
  return (uint64_t)counted(sim, group, strcmp(event, "mbm_local_bytes") == 0 ? local : total, domain);
}
