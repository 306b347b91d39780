#ifndef CARAFE_HOSTNAME_H
#define CARAFE_HOSTNAME_H

struct launch;

// Sets both names of the current UTS namespace; an empty one is left alone.
int hostname_set(struct launch *l, const char *hostname, const char *domainname);

#endif
