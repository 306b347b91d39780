// Dates without gmtime_r(3), which takes the lock of the time zones and allocates under it: a child of a process with threads may not.
#ifndef CARAFE_UTC_H
#define CARAFE_UTC_H

#include <stddef.h>
#include <time.h>

#define UTC_SECOND_LEN 20 // bytes of "2026-01-31T23:59:59."

// Writes a second since the epoch (0 to the end of the year 9999) as UTC_SECOND_LEN characters and a NUL; cap is at least 64.
void utc_second(char *to, size_t cap, time_t second);

#endif
