/* Which directories and files there are (res_common_files, rdtgroup_create_info_dir, mkdir_mondata_all). */
#include <errno.h>
#include <string.h>

#include "sim.h"

static const struct file_row files[] = {
    {"last_cmd_status", 0444, IN_INFO, last_cmd_status_show, NULL},
    {"num_closids", 0444, IN_INFO_CACHE | IN_INFO_BANDWIDTH, num_closids_show, NULL},
    {"mon_features", 0444, IN_INFO_MON, mon_features_show, NULL},
    {"num_rmids", 0444, IN_INFO_MON, num_rmids_show, NULL},
    {"cbm_mask", 0444, IN_INFO_CACHE, cbm_mask_show, NULL},
    {"min_cbm_bits", 0444, IN_INFO_CACHE, min_cbm_bits_show, NULL},
    {"shareable_bits", 0444, IN_INFO_CACHE, shareable_bits_show, NULL},
    {"bit_usage", 0444, IN_INFO_CACHE, bit_usage_show, NULL},
    {"sparse_masks", 0444, IN_INFO_CACHE, sparse_masks_show, NULL},
    {"min_bandwidth", 0444, IN_INFO_BANDWIDTH, min_bandwidth_show, NULL},
    {"bandwidth_gran", 0444, IN_INFO_BANDWIDTH, bandwidth_gran_show, NULL},
    {"delay_linear", 0444, IN_INFO_BANDWIDTH, delay_linear_show, NULL},
    {"thread_throttle_mode", 0444, IN_INFO_BANDWIDTH, thread_throttle_mode_show, NULL},
    {"max_threshold_occupancy", 0644, IN_INFO_MON, max_threshold_show, max_threshold_write},
    {"cpus", 0644, IN_CTRL | IN_MON, cpus_show, cpus_write},
    {"cpus_list", 0644, IN_CTRL | IN_MON, cpus_list_show, cpus_list_write},
    {"tasks", 0644, IN_CTRL | IN_MON, tasks_show, tasks_write},
    {"schemata", 0644, IN_CTRL, schemata_show, schemata_write},
    {"mode", 0644, IN_CTRL, mode_show, mode_write},
    {"size", 0444, IN_CTRL, size_show, NULL},
};
static const struct file_row event_file = {NULL, 0444, IN_MON_DOMAIN, mon_show, NULL};

static bool each_group(struct sim *sim, const struct group *parent, visit_fn *visit, void *argument) {
  for (unsigned i = 1; i < MAX_GROUPS; i++) {
    struct group *group = &sim->groups[i];
    struct node node = {.place = parent == NULL ? IN_CTRL : IN_MON, .group = group};
    if (group->used && group->parent == parent && !visit(argument, group->name, &node)) {
      return false;
    }
  }
  return true;
}

static bool each_directory(struct sim *sim, const struct node *dir, visit_fn *visit, void *argument) {
  bool monitors = sim->profile->num_rmids > 0;
  bool root = dir->place == IN_CTRL && dir->group == &sim->groups[0];
  struct node node = {.place = IN_MON_DATA, .group = dir->group};
  switch (dir->place) {
    case IN_CTRL:
    case IN_MON:
      if (monitors && !visit(argument, "mon_data", &node)) {
        return false;
      }
      node.place = IN_MON_GROUPS;
      if (monitors && dir->place == IN_CTRL && !visit(argument, "mon_groups", &node)) {
        return false;
      }
      node.place = IN_INFO;
      return !root || (visit(argument, "info", &node) && each_group(sim, NULL, visit, argument));
    case IN_MON_GROUPS:
      return each_group(sim, dir->group, visit, argument);
    case IN_MON_DATA:
      node.place = IN_MON_DOMAIN;
      for (node.domain = 0; node.domain < sim->profile->mon_domains; node.domain++) {
        char name[32];
        (void)snprintf(name, sizeof name, "mon_L3_%02u", node.domain);
        if (!visit(argument, name, &node)) {
          return false;
        }
      }
      return true;
    case IN_INFO:
      for (unsigned s = 0; s < sim->schema_count; s++) {
        node.schema = &sim->schemas[s];
        node.place = node.schema->resource->kind == CACHE ? IN_INFO_CACHE : IN_INFO_BANDWIDTH;
        if (!visit(argument, node.schema->name, &node)) {
          return false;
        }
      }
      node.schema = NULL;
      node.place = IN_INFO_MON;
      return !monitors || visit(argument, "L3_MON", &node);
    case IN_MON_DOMAIN:
    case IN_INFO_CACHE:
    case IN_INFO_BANDWIDTH:
    case IN_INFO_MON:
      return true;
  }
  return true;
}

void tree_each(struct sim *sim, const struct node *dir, visit_fn *visit, void *argument) {
  if (!each_directory(sim, dir, visit, argument)) {
    return;
  }
  struct node node = *dir;
  /* rdt_get_tree: without allocation no file with RFTYPE_CTRL is added. */
  unsigned place = dir->place == IN_CTRL && sim->schema_count == 0 ? IN_MON : dir->place;
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    node.file = &files[i];
    /* thread_throttle_mode_init: Intel's alone. */
    bool absent = files[i].show == thread_throttle_mode_show && dir->schema != NULL &&
                  dir->schema->resource->throttle_mode == NULL;
    if ((files[i].places & place) != 0 && !absent && !visit(argument, files[i].name, &node)) {
      return;
    }
  }
  node.file = &event_file;
  for (const char *const *event = sim->profile->events; dir->place == IN_MON_DOMAIN && *event != NULL; event++) {
    node.event = *event;
    if (!visit(argument, *event, &node)) {
      return;
    }
  }
}

struct find {
  const char *name;
  size_t length;
  bool found;
  struct node node;
};

static bool same_name(void *argument, const char *name, const struct node *node) {
  struct find *find = argument;
  if (strlen(name) == find->length && memcmp(name, find->name, find->length) == 0) {
    find->found = true;
    find->node = *node;
  }
  return !find->found;
}

int tree_find(struct sim *sim, const char *path, struct node *node) {
  *node = (struct node){.place = IN_CTRL, .group = &sim->groups[0]};
  while (*(path += strspn(path, "/")) != '\0') {
    if (node->file != NULL) {
      return -ENOTDIR;
    }
    struct find find = {.name = path, .length = strcspn(path, "/")};
    tree_each(sim, node, same_name, &find);
    if (!find.found) {
      return -ENOENT;
    }
    *node = find.node;
    path += find.length;
  }
  return 0;
}

static bool count_directory(void *argument, const char *name, const struct node *node) {
  (void)name;
  *(unsigned *)argument += node->file == NULL;
  return true;
}

unsigned tree_subdirectories(struct sim *sim, const struct node *dir) {
  unsigned count = 0;
  tree_each(sim, dir, count_directory, &count);
  return count;
}

/* The directory that path lies in; *name is the last part of path. */
static int find_parent(struct sim *sim, const char *path, struct node *parent, const char **name) {
  const char *slash = strrchr(path, '/');
  char folder[4 * NAME_SIZE];
  if (slash == NULL || (size_t)(slash - path) >= sizeof folder) {
    return -ENAMETOOLONG;
  }
  memcpy(folder, path, (size_t)(slash - path));
  folder[slash - path] = '\0';
  *name = slash + 1;
  return strlen(*name) >= NAME_SIZE ? -ENAMETOOLONG : tree_find(sim, folder, parent);
}

/* rdtgroup_mkdir: groups in the root and in mon_groups, nothing elsewhere. A name that is there is EEXIST before that. */
int tree_mkdir(struct sim *sim, const char *path) {
  struct node parent, there;
  const char *name;
  int error = find_parent(sim, path, &parent, &name);
  if (error != 0) {
    return error;
  }
  if (tree_find(sim, path, &there) == 0) {
    return -EEXIST;
  }
  if (strchr(name, '\n') != NULL) {
    return -EINVAL;
  }
  /* resctrl_arch_alloc_capable */
  if (parent.place == IN_CTRL && parent.group == &sim->groups[0] && sim->schema_count > 0) {
    return group_make_ctrl(sim, name);
  }
  /* is_mon_groups */
  if (parent.place == IN_MON_GROUPS && strcmp(name, "mon_groups") != 0) {
    return group_make_mon(sim, parent.group, name);
  }
  return -EPERM;
}

/* rdtgroup_rmdir */
int tree_rmdir(struct sim *sim, const char *path) {
  struct node node;
  int error = tree_find(sim, path, &node);
  if (error != 0) {
    return error;
  }
  if (node.file != NULL) {
    return -ENOTDIR;
  }
  if ((node.place != IN_CTRL && node.place != IN_MON) || node.group == &sim->groups[0]) {
    return -EPERM;
  }
  group_remove(sim, node.group);
  return 0;
}
