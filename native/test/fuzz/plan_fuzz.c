// libFuzzer's entrance to the plan's checker: everything that a plan's bytes can do before the launcher acts on them.
#include "launcher.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint32_t index;
  launcher_check(data, size, &index);
  const char *dir = launcher_cgroup_clone(data, size);
  return dir && strlen(dir) > 4095 ? -1 : 0;
}
