/* Control and monitoring groups with their CLOSIDs and RMIDs. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "sim.h"

static int64_t now_ns(void) {
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

void sim_init(struct sim *sim, const struct profile *profile) {
  sim->profile = profile;
  sim->max_threshold_occupancy = profile->max_threshold_occupancy;
  unsigned count = 0;
  while (count < MAX_RESOURCES && profile->resources[count].name != NULL) {
    count++;
  }
  /* schemata_list_add puts each schema before the earlier ones. */
  for (unsigned i = count; i > 0; i--) {
    struct schema *schema = &sim->schemas[sim->schema_count++];
    schema->resource = &profile->resources[i - 1];
    (void)snprintf(schema->name, sizeof schema->name, "%s", schema->resource->name);
  }
  struct group *root = &sim->groups[0];
  root->used = true;
  root->cpus = (uint32_t)((1ull << profile->cpus) - 1);
  for (unsigned s = 0; s < sim->schema_count; s++) {
    for (unsigned d = 0; d < sim->schemas[s].resource->domains; d++) {
      root->ctrl[s][d] = resource_default(sim->schemas[s].resource);
    }
  }
  if (profile->num_rmids > 0) {
    sim->rmid_free_at[0] = INT64_MAX;
  }
}

struct group *group_find(struct sim *sim, struct group *parent, const char *name) {
  for (unsigned i = 1; i < MAX_GROUPS; i++) {
    struct group *group = &sim->groups[i];
    if (group->used && group->parent == parent && strcmp(group->name, name) == 0) {
      return group;
    }
  }
  return NULL;
}

/* closid_allocated; owner is the control group that has it. */
bool closid_used(const struct sim *sim, unsigned closid, const struct group **owner) {
  for (unsigned i = 0; i < MAX_GROUPS; i++) {
    if (sim->groups[i].used && sim->groups[i].parent == NULL && sim->groups[i].closid == closid) {
      *owner = &sim->groups[i];
      return true;
    }
  }
  return false;
}

/* closid_init: as many as the poorest resource has; closid_alloc: the lowest free one. */
static int closid_alloc(const struct sim *sim) {
  unsigned count = MAX_CLOSIDS;
  for (unsigned s = 0; s < sim->schema_count; s++) {
    if (sim->schemas[s].resource->num_closids < count) {
      count = sim->schemas[s].resource->num_closids;
    }
  }
  const struct group *owner;
  for (unsigned closid = 0; closid < count; closid++) {
    if (!closid_used(sim, closid, &owner)) {
      return (int)closid;
    }
  }
  return -ENOSPC;
}

/* resctrl_find_free_rmid: EBUSY while there is one whose cache lines have not drained yet. */
static int rmid_alloc(struct sim *sim) {
  bool limbo = false;
  for (unsigned rmid = 0; rmid < sim->profile->num_rmids; rmid++) {
    if (sim->rmid_free_at[rmid] <= now_ns()) {
      sim->rmid_free_at[rmid] = INT64_MAX;
      return (int)rmid;
    }
    limbo = limbo || sim->rmid_free_at[rmid] != INT64_MAX;
  }
  return limbo ? -EBUSY : -ENOSPC;
}

/* free_rmid, add_rmid_to_limbo */
static void rmid_free(struct sim *sim, unsigned rmid) {
  sim->rmid_free_at[rmid] = now_ns() + sim->limbo_ms * 1000000ll;
}

static struct group *slot(struct sim *sim, struct group *parent, const char *name) {
  for (unsigned i = 1; i < MAX_GROUPS; i++) {
    struct group *group = &sim->groups[i];
    if (!group->used) {
      memset(group, 0, sizeof *group);
      group->parent = parent;
      group->serial = ++sim->next_serial;
      (void)snprintf(group->name, sizeof group->name, "%s", name);
      return group;
    }
  }
  return NULL;
}

/* mkdir_rdt_prepare_rmid_alloc */
static int take_rmid(struct sim *sim, struct group *group) {
  if (sim->profile->num_rmids == 0) {
    return 0;
  }
  int rmid = rmid_alloc(sim);
  if (rmid < 0) {
    status_add(sim, "Out of RMIDs\n");
    return rmid;
  }
  group->rmid = (unsigned)rmid;
  return 0;
}

/* rdtgroup_mkdir_ctrl_mon; it does not clear last_cmd_status. */
int group_make_ctrl(struct sim *sim, const char *name) {
  struct group *group = slot(sim, NULL, name);
  int closid = group == NULL ? -ENOSPC : closid_alloc(sim);
  if (closid < 0) {
    status_add(sim, "Out of CLOSIDs\n");
    return closid;
  }
  group->closid = (unsigned)closid;
  int error = take_rmid(sim, group);
  if (error != 0) {
    return error;
  }
  error = schemata_init_group(sim, group);
  if (error != 0) {
    if (sim->profile->num_rmids > 0) {
      rmid_free(sim, group->rmid);
    }
    return error;
  }
  group->used = true;
  return 0;
}

/* rdtgroup_mkdir_mon */
int group_make_mon(struct sim *sim, struct group *parent, const char *name) {
  struct group *group = slot(sim, parent, name);
  if (group == NULL) {
    return -ENOSPC;
  }
  group->closid = parent->closid;
  int error = take_rmid(sim, group);
  if (error == 0) {
    group->used = true;
  }
  return error;
}

static void release(struct sim *sim, struct group *group) {
  if (sim->profile->num_rmids > 0) {
    rmid_free(sim, group->rmid);
  }
  group->used = false;
}

/* rdtgroup_rmdir_mon: tasks go to the parent, CPUs are its anyway. rdtgroup_rmdir_ctrl: tasks and CPUs go to the
 * default group, and the monitoring groups go too. */
void group_remove(struct sim *sim, struct group *group) {
  load_advance(sim);
  forks_drain(sim);
  struct group *heir = group->parent != NULL ? group->parent : &sim->groups[0];
  tasks_move_all(sim, group, heir);
  heir->cpus |= group->cpus;
  for (unsigned i = 1; i < MAX_GROUPS; i++) {
    if (sim->groups[i].used && sim->groups[i].parent == group) {
      release(sim, &sim->groups[i]);
    }
  }
  release(sim, group);
}
