/* The files below info: what the hardware can do. */
#include <errno.h>

#include "sim.h"

/* rdt_last_cmd_status_show */
int last_cmd_status_show(struct sim *sim, const struct node *node, FILE *out) {
  (void)node;
  (void)fputs(sim->status[0] == '\0' ? "ok\n" : sim->status, out);
  return 0;
}

#define SHOW_NUMBER(function, format, value)                                 \
  int function(struct sim *sim, const struct node *node, FILE *out) {        \
    (void)sim;                                                               \
    (void)node;                                                              \
    (void)fprintf(out, format "\n", value);                                  \
    return 0;                                                                \
  }

SHOW_NUMBER(num_closids_show, "%u", node->schema->resource->num_closids)
SHOW_NUMBER(cbm_mask_show, "%x", resource_default(node->schema->resource))
SHOW_NUMBER(min_cbm_bits_show, "%u", node->schema->resource->min_cbm_bits)
SHOW_NUMBER(shareable_bits_show, "%x", node->schema->resource->shareable_bits)
SHOW_NUMBER(sparse_masks_show, "%d", node->schema->resource->sparse)
SHOW_NUMBER(min_bandwidth_show, "%u", node->schema->resource->min_bw)
SHOW_NUMBER(bandwidth_gran_show, "%u", node->schema->resource->bw_gran)
SHOW_NUMBER(delay_linear_show, "%d", node->schema->resource->throttle_mode != NULL)
SHOW_NUMBER(thread_throttle_mode_show, "%s", node->schema->resource->throttle_mode)
SHOW_NUMBER(num_rmids_show, "%u", sim->profile->num_rmids)
SHOW_NUMBER(max_threshold_show, "%u", sim->max_threshold_occupancy)

/* rdt_mon_features_show */
int mon_features_show(struct sim *sim, const struct node *node, FILE *out) {
  (void)node;
  for (const char *const *event = sim->profile->events; *event != NULL; event++) {
    (void)fprintf(out, "%s\n", *event);
  }
  return 0;
}

/* max_threshold_occ_write; the limit is the cache's size (resctrl_rmid_realloc_limit). */
int max_threshold_write(struct sim *sim, const struct node *node, char *text, size_t length) {
  (void)node;
  (void)length;
  uint64_t bytes;
  int error = parse_unsigned(text, 0, UINT32_MAX, &bytes);
  if (error != 0) {
    return error;
  }
  for (unsigned s = 0; s < sim->schema_count; s++) {
    const struct resource *resource = sim->schemas[s].resource;
    if (resource->kind == CACHE && bytes > resource->cache_bytes) {
      return -EINVAL;
    }
  }
  sim->max_threshold_occupancy = (unsigned)bytes;
  return 0;
}

/* rdt_bit_usage_show */
int bit_usage_show(struct sim *sim, const struct node *node, FILE *out) {
  const struct resource *resource = node->schema->resource;
  unsigned s = (unsigned)(node->schema - sim->schemas);
  for (unsigned d = 0; d < resource->domains; d++) {
    uint32_t shared = 0, exclusive = 0;
    for (unsigned closid = 0; closid < MAX_CLOSIDS; closid++) {
      const struct group *group;
      if (closid_used(sim, closid, &group)) {
        *(group->mode == EXCLUSIVE ? &exclusive : &shared) |= group->ctrl[s][d];
      }
    }
    (void)fprintf(out, "%s%u=", d == 0 ? "" : ";", d);
    for (unsigned bit = resource->cbm_len; bit-- > 0;) {
      bool hardware = resource->shareable_bits >> bit & 1;
      bool software = shared >> bit & 1;
      (void)fputc(hardware ? (software ? 'X' : 'H') : software ? 'S' : (exclusive >> bit & 1) != 0 ? 'E' : '0', out);
    }
  }
  (void)fputc('\n', out);
  return 0;
}
