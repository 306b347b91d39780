/* Hardware shapes, one row each. Another shape is another row. */
#include <string.h>

#include "sim.h"

#define L3_20_BITS(closids, domain_count)                                                                  \
  {                                                                                                        \
    .name = "L3", .kind = CACHE, .num_closids = (closids), .domains = (domain_count), .cbm_len = 20,       \
    .min_cbm_bits = 1, .cdp_capable = true, .cache_bytes = 30u << 20                                       \
  }
#define MB_10_PERCENT(closids, domain_count)                                                               \
  {                                                                                                        \
    .name = "MB", .kind = BANDWIDTH, .num_closids = (closids), .domains = (domain_count), .min_bw = 10,    \
    .max_bw = 100, .bw_gran = 10, .throttle_mode = "max"                                                   \
  }
/* With CDP on, code and data are schemata of their own, and take two hardware CLOSIDs for one. */
#define L3_PART(part, closids, domain_count)                                                               \
  {                                                                                                        \
    .name = (part), .kind = CACHE, .num_closids = (closids), .domains = (domain_count), .cbm_len = 20,     \
    .min_cbm_bits = 1, .cache_bytes = 30u << 20                                                            \
  }

#define L2_PART(part)                                                                                      \
  {                                                                                                        \
    .name = (part), .kind = CACHE, .num_closids = 8, .domains = 4, .cbm_len = 20, .min_cbm_bits = 1,       \
    .cache_bytes = 2u << 20                                                                                \
  }
/* __rdt_get_mem_config_amd, rdt_init_res_defs_amd: bandwidth in eighths of GB/s, masks with gaps or without a bit. */
#define AMD_UNITS(resource_name)                                                                           \
  {                                                                                                        \
    .name = (resource_name), .kind = BANDWIDTH, .num_closids = 16, .domains = 2, .min_bw = 0,              \
    .max_bw = 2048, .bw_gran = 1                                                                           \
  }

const struct profile profiles[] = {
    {.name = "xeon",
     .text = "2 sockets: L3 of 20 bits, MB in steps of 10 %, 16 CLOSIDs, 32 RMIDs with three events",
     .cpus = 16,
     .resources = {L3_20_BITS(16, 2), MB_10_PERCENT(16, 2)},
     .num_rmids = 32,
     .mon_domains = 2,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "small4",
     .text = "1 socket: L3 of 20 bits and MB with 4 CLOSIDs, 8 RMIDs",
     .cpus = 8,
     .resources = {L3_20_BITS(4, 1), MB_10_PERCENT(4, 1)},
     .num_rmids = 8,
     .mon_domains = 1,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "haswell",
     .text = "1 socket: L3 of 20 bits with at least 2 in a mask and 2 shared with I/O, 4 CLOSIDs, no MB, no monitoring",
     .cpus = 8,
     .resources = {{.name = "L3",
                    .kind = CACHE,
                    .num_closids = 4,
                    .domains = 1,
                    .cbm_len = 20,
                    .min_cbm_bits = 2,
                    .shareable_bits = 0xc0000,
                    .cache_bytes = 30u << 20}}},
    {.name = "cdp",
     .text = "2 sockets mounted with cdp: L3CODE and L3DATA of 20 bits, MB in steps of 10 %, 8 CLOSIDs",
     .cpus = 16,
     .resources = {L3_PART("L3CODE", 8, 2), L3_PART("L3DATA", 8, 2), MB_10_PERCENT(8, 2)},
     .num_rmids = 32,
     .mon_domains = 2,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "l2",
     .text = "4 modules with an L2 of 8 bits each, 4 CLOSIDs, no monitoring",
     .cpus = 8,
     .resources = {{.name = "L2",
                    .kind = CACHE,
                    .num_closids = 4,
                    .domains = 4,
                    .cbm_len = 8,
                    .min_cbm_bits = 1,
                    .cdp_capable = true,
                    .cache_bytes = 2u << 20}}},
    {.name = "mba",
     .text = "2 sockets with MB in steps of 10 % and 8 CLOSIDs, nothing else",
     .cpus = 16,
     .resources = {MB_10_PERCENT(8, 2)}},
    {.name = "mbps",
     .text = "2 sockets mounted with mba_MBps: L3 of 20 bits, MB in MB/s, 8 CLOSIDs, 32 RMIDs",
     .cpus = 16,
     .resources = {L3_20_BITS(8, 2),
                   {.name = "MB",
                    .kind = BANDWIDTH,
                    .num_closids = 8,
                    .domains = 2,
                    .min_bw = 10,
                    .max_bw = 100,
                    .bw_gran = 10,
                    .megabytes = true,
                    .throttle_mode = "max"}},
     .num_rmids = 32,
     .mon_domains = 2,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "mon",
     .text = "2 sockets with 16 RMIDs and three events, and nothing to allocate",
     .cpus = 16,
     .num_rmids = 16,
     .mon_domains = 2,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "xeonmon",
     .text = "2 sockets: L3 of 15 bits, MB in steps of 10 %, 15 CLOSIDs, 224 RMIDs with three events",
     .cpus = 32,
     .resources = {{.name = "L3",
                    .kind = CACHE,
                    .num_closids = 15,
                    .domains = 2,
                    .cbm_len = 15,
                    .min_cbm_bits = 1,
                    .cdp_capable = true,
                    .cache_bytes = 45u << 20},
                   MB_10_PERCENT(15, 2)},
     .num_rmids = 224,
     .mon_domains = 2,
     .max_threshold_occupancy = 98304,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "amd",
     .text = "2 core complexes of AMD's: L3 of 32 bits with gaps, MB and SMBA in units of 1/8 GB/s, 16 CLOSIDs, 64 RMIDs",
     .cpus = 16,
     .resources = {{.name = "L3",
                    .kind = CACHE,
                    .num_closids = 16,
                    .domains = 2,
                    .cbm_len = 32,
                    .min_cbm_bits = 0,
                    .sparse = true,
                    .cdp_capable = true,
                    .cache_bytes = 32u << 20},
                   AMD_UNITS("MB"),
                   AMD_UNITS("SMBA")},
     .num_rmids = 64,
     .mon_domains = 2,
     .max_threshold_occupancy = 65536,
     .events = {"llc_occupancy", "mbm_total_bytes", "mbm_local_bytes"}},
    {.name = "l2cdp",
     .text = "4 modules mounted with cdpl2: L2CODE and L2DATA of 20 bits, and one L3 of 12 bits, 8 CLOSIDs, no monitoring",
     .cpus = 8,
     .resources = {{.name = "L3",
                    .kind = CACHE,
                    .num_closids = 16,
                    .domains = 1,
                    .cbm_len = 12,
                    .min_cbm_bits = 1,
                    .cache_bytes = 24u << 20},
                   L2_PART("L2CODE"),
                   L2_PART("L2DATA")}},
    {.name = "none", .text = "a processor without RDT: nothing can be mounted", .cpus = 4},
    {.name = NULL}};

const struct profile *profile_find(const char *name) {
  for (const struct profile *profile = profiles; profile->name != NULL; profile++) {
    if (strcmp(profile->name, name) == 0) {
      return profile;
    }
  }
  return NULL;
}

/* rdt_get_cache_alloc_cfg (all bits), __get_mem_config_intel (MAX_MBA_BW), set_mba_sc (MBA_MAX_MBPS). */
uint32_t resource_default(const struct resource *resource) {
  if (resource->kind == CACHE) {
    return (uint32_t)((1ull << resource->cbm_len) - 1);
  }
  return resource->megabytes ? UINT32_MAX : resource->max_bw;
}
