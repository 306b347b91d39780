// The node's own commands, which another Java program answers.
#ifndef CARAFE_FRONT_NODE_H
#define CARAFE_FRONT_NODE_H

#include <stdbool.h>

// Whether a command line is for the node's program: its command is none of the OCI runtime's. Called as `runc` nothing is.
bool is_node_command(const char *name, char *const *argv);

// Becomes the node's program: returns its exit code after a message when it can't.
int node_run(char **argv);

#endif
