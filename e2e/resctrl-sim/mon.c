/*
 * mon_data: counters. Nothing is measured: a counter reads what the file of the same path below the directory of
 * --counters says (a number, "Unavailable" or "Error"), else what the traffic of --load has counted, else 0.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"

/* rdtgroup_mondata_show */
int mon_show(struct sim *sim, const struct node *node, FILE *out) {
  char path[4096];
  const struct group *group = node->group;
  const struct group *parent = group->parent;
  int length =
      snprintf(path, sizeof path, "%s/%s%s%s%s%smon_data/mon_L3_%02u/%s", sim->counters == NULL ? "" : sim->counters,
               parent == NULL ? "" : parent->name, parent == NULL || parent == &sim->groups[0] ? "" : "/",
               parent == NULL ? "" : "mon_groups/", group->name, group == &sim->groups[0] ? "" : "/", node->domain,
               node->event);
  if (length < 0 || (size_t)length >= sizeof path) {
    return -ENAMETOOLONG;
  }
  FILE *counter = sim->counters == NULL ? NULL : fopen(path, "re");
  char text[32];
  (void)snprintf(text, sizeof text, "%llu", (unsigned long long)load_count(sim, group, node->domain, node->event));
  if (counter != NULL) {
    if (fgets(text, sizeof text, counter) == NULL) {
      text[0] = '\0';
    }
    (void)fclose(counter);
  }
  uint64_t number;
  const char *value = trim(text);
  if (strcmp(value, "Unavailable") != 0 && strcmp(value, "Error") != 0 &&
      parse_unsigned(value, 10, UINT64_MAX, &number) != 0) {
    (void)fprintf(stderr, "resctrl-sim: %s says '%s', expected a number, Unavailable or Error\n", path, value);
    return -EIO;
  }
  (void)fprintf(out, "%s\n", value);
  return 0;
}
