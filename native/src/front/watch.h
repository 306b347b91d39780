// Foreground: signals go to the process, its terminal is ours, its end is ours to know.
#ifndef CARAFE_FRONT_WATCH_H
#define CARAFE_FRONT_WATCH_H

#include "start.h"

// Returns the exit code of the process, 128+n when signal n ended it. Every signal is blocked when it is called.
int watch_process(struct started *s);

#endif
