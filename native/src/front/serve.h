// What the deciding side asks for that can be asked at any time.
#ifndef CARAFE_FRONT_SERVE_H
#define CARAFE_FRONT_SERVE_H

#include "jvm.h"

// Answers KILL, HOOK, OUT, ERR, NOTIFY and AWAIT_READY: false when the frame is another.
bool serve_common(struct jvm *j, int type, struct reader *r);

// Sends a frame that is one number.
void answer_number(struct jvm *j, enum to_jvm type, int number);

#endif
