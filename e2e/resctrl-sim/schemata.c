/* schemata, size and mode: what a class may use. */
#include <errno.h>
#include <string.h>

#include "sim.h"

/* One value per schema and domain, taken over only when all lines are good (struct resctrl_staged_config). */
struct staged {
  bool set[MAX_SCHEMAS][MAX_DOMAINS];
  uint32_t value[MAX_SCHEMAS][MAX_DOMAINS];
};

/* resctrl_peer_type: the index of data for code and of code for data, with CDP on; else s itself. */
static unsigned peer(const struct sim *sim, unsigned s) {
  const char *name = sim->schemas[s].name;
  const char *other = strcmp(name + 2, "CODE") == 0 ? "DATA" : strcmp(name + 2, "DATA") == 0 ? "CODE" : "";
  for (unsigned i = 0; other[0] != '\0' && i < sim->schema_count; i++) {
    if (strncmp(sim->schemas[i].name, name, 2) == 0 && strcmp(sim->schemas[i].name + 2, other) == 0) {
      return i;
    }
  }
  return s;
}

/* rdtgroup_cbm_overlaps, __rdtgroup_cbm_overlaps */
static bool overlaps(const struct sim *sim, unsigned s, unsigned domain, uint32_t cbm, unsigned closid,
                     bool exclusive_only) {
  if (!exclusive_only && (cbm & sim->schemas[s].resource->shareable_bits) != 0) {
    return true;
  }
  for (unsigned i = 0; i < MAX_CLOSIDS; i++) {
    const struct group *other;
    if (i != closid && closid_used(sim, i, &other) &&
        (cbm & (other->ctrl[s][domain] | other->ctrl[peer(sim, s)][domain])) != 0 &&
        (!exclusive_only || other->mode == EXCLUSIVE)) {
      return true;
    }
  }
  return false;
}

/* bw_validate */
static int bandwidth(struct sim *sim, const struct resource *resource, const char *text, uint32_t *value) {
  uint64_t percent;
  if (parse_unsigned(text, 10, UINT32_MAX, &percent) != 0) {
    status_add(sim, "Invalid MB value %s\n", text);
    return -EINVAL;
  }
  /* From 6.13 on; the software controller takes any value. */
  if (resource->megabytes) {
    *value = (uint32_t)percent;
    return 0;
  }
  if (percent < resource->min_bw || percent > resource_default(resource)) {
    status_add(sim, "MB value %u out of range [%d,%d]\n", (unsigned)percent, (int)resource->min_bw,
               (int)resource_default(resource));
    return -EINVAL;
  }
  *value = (uint32_t)((percent + resource->bw_gran - 1) / resource->bw_gran * resource->bw_gran);
  return 0;
}

/* cbm_validate */
static int mask(struct sim *sim, const struct resource *resource, const char *text, uint32_t *value) {
  uint64_t bits;
  if (parse_unsigned(text, 16, UINT64_MAX, &bits) != 0) {
    status_add(sim, "Non-hex character in the mask %s\n", text);
    return -EINVAL;
  }
  if ((resource->min_cbm_bits > 0 && bits == 0) || bits > resource_default(resource)) {
    status_add(sim, "Mask out of range\n");
    return -EINVAL;
  }
  unsigned first = bits == 0 ? resource->cbm_len : (unsigned)__builtin_ctzll(bits);
  unsigned run = 0;
  while (first + run < resource->cbm_len && (bits >> (first + run) & 1) != 0) {
    run++;
  }
  if (!resource->sparse && bits >> first >> run != 0) {
    status_add(sim, "The mask %llx has non-consecutive 1-bits\n", (unsigned long long)bits);
    return -EINVAL;
  }
  if (run < resource->min_cbm_bits) {
    status_add(sim, "Need at least %d bits in the mask\n", (int)resource->min_cbm_bits);
    return -EINVAL;
  }
  *value = (uint32_t)bits;
  return 0;
}

/* parse_cbm, parse_bw */
static int value(struct sim *sim, const struct group *group, unsigned s, unsigned domain, const char *text,
                 struct staged *staged) {
  const struct resource *resource = sim->schemas[s].resource;
  if (staged->set[s][domain]) {
    status_add(sim, "Duplicate domain %d\n", (int)domain);
    return -EINVAL;
  }
  uint32_t parsed;
  int error = resource->kind == CACHE ? mask(sim, resource, text, &parsed) : bandwidth(sim, resource, text, &parsed);
  if (error != 0) {
    return error;
  }
  if (resource->kind == CACHE && overlaps(sim, s, domain, parsed, group->closid, true)) {
    status_add(sim, "Overlaps with exclusive group\n");
    return -EINVAL;
  }
  if (resource->kind == CACHE && group->mode == EXCLUSIVE && overlaps(sim, s, domain, parsed, group->closid, false)) {
    status_add(sim, "Overlaps with other group\n");
    return -EINVAL;
  }
  staged->set[s][domain] = true;
  staged->value[s][domain] = parsed;
  return 0;
}

/* parse_line: "ID=VALUE;ID=VALUE". An unknown domain is refused without a word; no blank before an id. */
static int line(struct sim *sim, const struct group *group, unsigned s, char *text, struct staged *staged) {
  while (text != NULL && text[0] != '\0') {
    char *setting = strsep(&text, ";");
    char *id = strsep(&setting, "=");
    uint64_t domain;
    if (setting == NULL || parse_unsigned(id, 10, UINT64_MAX, &domain) != 0) {
      status_add(sim, "Missing '=' or non-numeric domain\n");
      return -EINVAL;
    }
    if (domain >= sim->schemas[s].resource->domains) {
      return -EINVAL;
    }
    int error = value(sim, group, s, (unsigned)domain, trim(setting), staged);
    if (error != 0) {
      return error;
    }
  }
  return 0;
}

/* rdtgroup_parse_resource */
static int resource_line(struct sim *sim, const struct group *group, const char *name, char *text,
                         struct staged *staged) {
  for (unsigned s = 0; s < sim->schema_count; s++) {
    if (strcmp(name, sim->schemas[s].name) == 0 && group->closid < sim->schemas[s].resource->num_closids) {
      return line(sim, group, s, text, staged);
    }
  }
  status_add(sim, "Unknown or unsupported resource name '%s'\n", name);
  return -EINVAL;
}

/* rdtgroup_schemata_write: since staged_config, no line takes effect unless all are good. */
int schemata_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  if (length == 0 || text[length - 1] != '\n') {
    return -EINVAL;
  }
  text[length - 1] = '\0';
  status_clear(sim);
  struct group *group = node->group;
  struct staged staged = {0};
  for (char *token; (token = strsep(&text, "\n")) != NULL;) {
    const char *name = trim(strsep(&token, ":"));
    if (token == NULL) {
      status_add(sim, "Missing ':'\n");
      return -EINVAL;
    }
    if (token[0] == '\0') {
      status_add(sim, "Missing '%s' value\n", name);
      return -EINVAL;
    }
    int error = resource_line(sim, group, name, token, &staged);
    if (error != 0) {
      return error;
    }
  }
  load_advance(sim);
  /* resctrl_arch_update_domains */
  for (unsigned s = 0; s < sim->schema_count; s++) {
    for (unsigned d = 0; d < MAX_DOMAINS; d++) {
      if (staged.set[s][d]) {
        if (strcmp(sim->schemas[s].name, "MB") == 0 && group->ctrl[s][d] != staged.value[s][d]) {
          load_limit_changes(sim, group, d, group->ctrl[s][d]);
        }
        group->ctrl[s][d] = staged.value[s][d];
      }
    }
  }
  return 0;
}

/* schemata_list_add: names are aligned as if CDP were on wherever it could be. */
static int name_width(const struct sim *sim) {
  int width = 0;
  for (unsigned s = 0; s < sim->schema_count; s++) {
    int length = (int)strlen(sim->schemas[s].name) + (sim->schemas[s].resource->cdp_capable ? 4 : 0);
    width = length > width ? length : width;
  }
  return width;
}

/* rdt_init_padding */
static int data_width(const struct sim *sim) {
  int width = 0;
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    int digits = resource->kind == CACHE ? (int)(resource->cbm_len + 3) / 4 : 3;
    width = digits > width ? digits : width;
  }
  return width;
}

/* show_doms */
int schemata_show(struct sim *sim, const struct node *node, FILE *out) {
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct schema *schema = &sim->schemas[s];
    (void)fprintf(out, "%*s:", name_width(sim), schema->name);
    for (unsigned d = 0; d < schema->resource->domains; d++) {
      (void)fprintf(out, schema->resource->kind == CACHE ? "%s%u=%0*x" : "%s%u=%*u", d == 0 ? "" : ";", d,
                    data_width(sim), node->group->ctrl[s][d]);
    }
    (void)fputc('\n', out);
  }
  return 0;
}

/* rdtgroup_size_show, rdtgroup_cbm_to_size */
int size_show(struct sim *sim, const struct node *node, FILE *out) {
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    (void)fprintf(out, "%*s:", name_width(sim), sim->schemas[s].name);
    for (unsigned d = 0; d < resource->domains; d++) {
      uint32_t ctrl = node->group->ctrl[s][d];
      unsigned size =
          resource->kind == CACHE ? resource->cache_bytes / resource->cbm_len * (unsigned)__builtin_popcount(ctrl) : ctrl;
      (void)fprintf(out, "%s%u=%u", d == 0 ? "" : ";", d, size);
    }
    (void)fputc('\n', out);
  }
  return 0;
}

/* cbm_ensure_valid: the lowest run of bits. */
static uint32_t lowest_run(uint32_t bits) {
  uint32_t above = bits + (bits & -bits);
  return bits & ~above;
}

/* rdtgroup_init_alloc, __init_one_rdt_domain: all that is free, or used by groups that share. */
int schemata_init_group(struct sim *sim, struct group *group) {
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    for (unsigned d = 0; d < resource->domains; d++) {
      if (resource->kind == BANDWIDTH) {
        group->ctrl[s][d] = resource_default(resource);
        continue;
      }
      uint32_t used = resource->shareable_bits;
      uint32_t usable = resource->shareable_bits;
      for (unsigned i = 0; i < MAX_CLOSIDS; i++) {
        const struct group *other;
        if (i != group->closid && closid_used(sim, i, &other)) {
          uint32_t both = other->ctrl[s][d] | other->ctrl[peer(sim, s)][d];
          used |= both;
          usable |= other->mode == SHAREABLE ? both : 0;
        }
      }
      group->ctrl[s][d] = lowest_run(usable | (~used & resource_default(resource)));
      if ((unsigned)__builtin_popcount(group->ctrl[s][d]) < resource->min_cbm_bits) {
        status_add(sim, "No space on %s:%d\n", sim->schemas[s].name, (int)d);
        return -ENOSPC;
      }
    }
  }
  return 0;
}

/* rdtgroup_mode_show */
int mode_show(struct sim *sim, const struct node *node, FILE *out) {
  (void)sim;
  (void)fputs(node->group->mode == EXCLUSIVE ? "exclusive\n" : "shareable\n", out);
  return 0;
}

/* rdtgroup_mode_test_exclusive */
static bool can_be_exclusive(struct sim *sim, const struct group *group) {
  bool cache = false;
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    for (unsigned d = 0; resource->kind == CACHE && d < resource->domains; d++) {
      cache = true;
      if (overlaps(sim, s, d, group->ctrl[s][d], group->closid, false)) {
        status_add(sim, "Schemata overlaps\n");
        return false;
      }
    }
  }
  if (!cache) {
    status_add(sim, "Cannot be exclusive without CAT/CDP\n");
  }
  return cache;
}

/* rdtgroup_mode_write; pseudo-locking as on every processor but a few (rdtgroup_locksetup_enter). */
int mode_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  if (length == 0 || text[length - 1] != '\n') {
    return -EINVAL;
  }
  text[length - 1] = '\0';
  status_clear(sim);
  if (strcmp(text, "shareable") == 0) {
    node->group->mode = SHAREABLE;
    return 0;
  }
  if (strcmp(text, "exclusive") == 0) {
    if (node->group->mode != EXCLUSIVE && !can_be_exclusive(sim, node->group)) {
      return -EINVAL;
    }
    node->group->mode = EXCLUSIVE;
    return 0;
  }
  status_add(sim, strcmp(text, "pseudo-locksetup") == 0 ? "Pseudo-locking not supported\n"
                                                         : "Unknown or unsupported mode\n");
  return -EINVAL;
}
