// NETDEV: the counters of a network namespace, through a descriptor that a short-lived child opened inside it.
#ifndef CARAFE_NETDEV_H
#define CARAFE_NETDEV_H

#include "conn.h"

void netdev_request(const struct ticket *t, struct reader *r);

#endif
