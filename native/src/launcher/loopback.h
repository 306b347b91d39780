#ifndef CARAFE_LOOPBACK_H
#define CARAFE_LOOPBACK_H

struct launch;

// Brings lo up in the current network namespace; the kernel gives it its addresses.
int loopback_up(struct launch *l);

#endif
