#include "node.h"

#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_one_of(const char *word, const char *const *words) {
  for (; *words; words++)
    if (strcmp(word, *words) == 0)
      return true;
  return false;
}

static bool is_oci_command(const char *word) {
  static const char *const commands[] = {"checkpoint", "create", "delete", "events", "exec",    "features", "kill",
                                         "list",       "pause",  "plan",   "ps",     "restore", "resume",   "run",
                                         "spec",       "start",  "state",  "update", NULL};
  return is_one_of(word, commands);
}

// Options before the command whose value is a word of its own.
static bool takes_value(const char *option) {
  static const char *const options[] = {"log", "log-format", "root", "rootless", "resctrl-root", "address", NULL};
  return is_one_of(option + (option[1] == '-' ? 2 : 1), options);
}

// `help COMMAND` is COMMAND's. An option that only the runtime has makes the line its own; without a command or such an option the node's
// program gives the overview.
bool is_node_command(const char *name, char *const *argv) {
  if (strcmp(name, "carafe") != 0)
    return false;
  for (; *argv; argv++) {
    const char *word = *argv;
    if (word[0] != '-')
      return strcmp(word, "help") != 0 ? !is_oci_command(word) : !argv[1] || !is_oci_command(argv[1]);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0)
      return false;
    if (takes_value(word) && argv[1])
      argv++;
  }
  return true;
}

int node_run(char **argv) {
  char path[PATH_MAX];
  if (tree_path(path, sizeof path, "libexec/carafe/carafe-node-cli") < 0) {
    perror("/proc/self/exe");
    return 1;
  }
  argv[0] = path;
  execv(path, argv);
  fprintf(stderr, "%s: %s: expected the node's commands there\n", path, strerror(errno));
  return 1;
}
