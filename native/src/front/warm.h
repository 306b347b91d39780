// The warm path: a carafed that runs decides instead of a JVM of our own.
#ifndef CARAFE_FRONT_WARM_H
#define CARAFE_FRONT_WARM_H

#include "jvm.h"

// Asks the carafed that listens at CARAFE_FRONT_SOCKET (default WARM_SOCKET; "" for none) to decide about this command line: 0 when it does. -1, and nothing
// has happened, when there is none, when it does not answer at once, or when it may not: the caller's namespaces are others than its own, or it is another build.
int warm_start(struct jvm *j, const char *name, char **argv);

#define WARM_SOCKET "/run/carafe/front.sock"

#endif
