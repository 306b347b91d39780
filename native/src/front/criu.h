// CRIU as the JVM asks for it: a child of ours, so that what it restores is ours too.
#ifndef CARAFE_FRONT_CRIU_H
#define CARAFE_FRONT_CRIU_H

#include "start.h"

// Each handles one request and answers it. An END with a pid makes that child the process that runs.
void criu_begin(struct jvm *j, struct reader *r);
void criu_say(struct jvm *j, struct reader *r);
void criu_end(struct jvm *j, struct reader *r, struct started *s);

#endif
