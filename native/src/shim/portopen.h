// PORT_OPEN: a short-lived child enters the network namespace, connects, and relays until both sides are done; the connection is given to it.
#ifndef CARAFE_PORTOPEN_H
#define CARAFE_PORTOPEN_H

#include "conn.h"

void portopen_request(struct conn *c, const struct ticket *t, struct reader *r);

#endif
