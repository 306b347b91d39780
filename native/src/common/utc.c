#include "utc.h"

#include <stdio.h>

// The Gregorian calendar by years that begin in March: their leap day comes last.
void utc_second(char *to, size_t cap, time_t second) {
  long days = (long)(second / 86400) + 719468; // since 0000-03-01
  int of_day = (int)(second % 86400);
  int era = (int)(days / 146097);
  int day = (int)(days % 146097);
  int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  int month = (5 * day + 2) / 153; // from March
  day -= (153 * month + 2) / 5;
  year += era * 400 + (month >= 10);
  month += month < 10 ? 3 : -9;
  snprintf(to, cap, "%04d-%02d-%02dT%02d:%02d:%02d.", year, month, day + 1, of_day / 3600, of_day / 60 % 60,
           of_day % 60);
}
