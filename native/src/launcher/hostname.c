#include "hostname.h"

#include "launch.h"

#include <string.h>
#include <unistd.h>

int hostname_set(struct launch *l, const char *hostname, const char *domainname) {
  if (*hostname && sethostname(hostname, strlen(hostname)) < 0)
    return fail(l, hostname);
  if (*domainname && setdomainname(domainname, strlen(domainname)) < 0)
    return fail(l, domainname);
  return 0;
}

int op_hostname(struct launch *l, struct reader *r) {
  const char *hostname = reader_str(r);
  return hostname_set(l, hostname, reader_str(r));
}
