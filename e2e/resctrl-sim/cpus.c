/* cpus and cpus_list: CPUs whose tasks of the default group count to this group. The CPUs are the profile's. */
#include <errno.h>
#include <string.h>

#include "sim.h"

/* rdtgroup_cpus_show, %*pb */
int cpus_show(struct sim *sim, const struct node *node, FILE *out) {
  (void)fprintf(out, "%0*x\n", (int)(sim->profile->cpus + 3) / 4, node->group->cpus);
  return 0;
}

/* rdtgroup_cpus_show, %*pbl */
int cpus_list_show(struct sim *sim, const struct node *node, FILE *out) {
  uint64_t cpus = node->group->cpus;
  const char *separator = "";
  for (unsigned first = 0; first < sim->profile->cpus; first++) {
    if ((cpus >> first & 1) == 0) {
      continue;
    }
    unsigned last = first;
    while ((cpus >> (last + 1) & 1) != 0) {
      last++;
    }
    (void)fprintf(out, first == last ? "%s%u" : "%s%u-%u", separator, first, last);
    separator = ",";
    first = last;
  }
  (void)fputc('\n', out);
  return 0;
}

/* cpumask_parse */
static int parse_mask(char *text, uint64_t *cpus) { return parse_unsigned(trim(text), 16, UINT32_MAX, cpus); }

/* cpulist_parse */
static int parse_list(char *text, uint64_t *cpus) {
  *cpus = 0;
  for (char *rest = trim(text), *item; rest != NULL && rest[0] != '\0';) {
    item = strsep(&rest, ",");
    char *end = item;
    const char *start = strsep(&end, "-");
    uint64_t first, last;
    if (parse_unsigned(start, 10, MAX_CPUS - 1, &first) != 0 ||
        parse_unsigned(end == NULL ? start : end, 10, MAX_CPUS - 1, &last) != 0 || first > last) {
      return -EINVAL;
    }
    *cpus |= ((2ull << last) - 1) & ~((1ull << first) - 1);
  }
  return 0;
}

/* cpus_ctrl_write, cpumask_rdtgrp_clear */
static int write_ctrl(struct sim *sim, struct group *group, uint32_t cpus) {
  struct group *root = &sim->groups[0];
  uint32_t dropped = group->cpus & ~cpus;
  if (dropped != 0 && group == root) {
    status_add(sim, "Can't drop CPUs from default group\n");
    return -EINVAL;
  }
  root->cpus |= dropped;
  uint32_t added = cpus & ~group->cpus;
  for (unsigned i = 0; i < MAX_GROUPS; i++) {
    struct group *other = &sim->groups[i];
    if (other->used && other != group) {
      other->cpus &= other->parent == group ? 0 : ~added;
    }
  }
  group->cpus = cpus;
  return 0;
}

/* cpus_mon_write */
static int write_mon(struct sim *sim, struct group *group, uint32_t cpus) {
  if ((cpus & ~group->parent->cpus) != 0) {
    status_add(sim, "Can only add CPUs to mongroup that belong to parent\n");
    return -EINVAL;
  }
  for (unsigned i = 1; i < MAX_GROUPS; i++) {
    struct group *other = &sim->groups[i];
    if (other->used && other->parent == group->parent && other != group) {
      other->cpus &= ~cpus;
    }
  }
  group->cpus = cpus;
  return 0;
}

/* rdtgroup_cpus_write; it does not clear last_cmd_status. */
static int take(struct sim *sim, struct group *group, int error, uint64_t cpus) {
  if (error != 0) {
    status_add(sim, "Bad CPU list/mask\n");
    return error;
  }
  if (cpus >> sim->profile->cpus != 0) {
    status_add(sim, "Can only assign online CPUs\n");
    return -EINVAL;
  }
  return group->parent == NULL ? write_ctrl(sim, group, (uint32_t)cpus) : write_mon(sim, group, (uint32_t)cpus);
}

int cpus_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  (void)length;
  uint64_t cpus = 0;
  int error = parse_mask(text, &cpus);
  return take(sim, node->group, error, cpus);
}

int cpus_list_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  (void)length;
  uint64_t cpus = 0;
  int error = parse_list(text, &cpus);
  return take(sim, node->group, error, cpus);
}
