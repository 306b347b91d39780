// Where clang is missing: random frames, mostly with true headers, for so many seconds; prints seed and executions.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

// Lengths and counts are mostly small, as true ones are.
static size_t frame(uint8_t *to) {
  uint32_t len = next() % 300;
  uint16_t type = (uint16_t)(next() % 8 ? next() % 20 : next());
  memcpy(to, &len, 4);
  memcpy(to + 4, &type, 2);
  memset(to + 6, 0, 2);
  uint32_t id = next();
  memcpy(to + 8, &id, 4);
  for (uint32_t i = 0; i < len; i++) {
    to[12 + i] = (uint8_t)(next() % 3 ? 0 : next() % 4 ? next() % 8 : next());
  }
  if (next() % 16 == 0) {
    to[next() % (12 + len)] = (uint8_t)next();
  }
  return 12 + len;
}

int main(int argc, char **argv) {
  long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
  time_t end = time(NULL) + seconds;
  uint64_t seed = (uint64_t)time(NULL) * 2654435761u | 1;
  state = seed;
  unsigned long runs = 0;
  while (time(NULL) < end) {
    uint8_t data[8 * 320];
    size_t size = 0;
    for (uint32_t n = 1 + next() % 8; n > 0; n--) {
      size += frame(data + size);
    }
    LLVMFuzzerTestOneInput(data, next() % 8 ? size : next() % size);
    runs++;
  }
  printf("frame_fuzz: %lu executions in %ld s, seed %llu\n", runs, seconds, (unsigned long long)seed);
  return 0;
}
