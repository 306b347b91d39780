/* nonewprivs: set-uid root; says which uid that gave, so that no_new_privs can be seen from outside. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  return printf("Effective uid: %u\n", (unsigned)geteuid()) > 0 ? 0 : 1;
}
