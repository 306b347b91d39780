#include "check.h"
#include "utc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void expect_as_libc(time_t second) {
  struct tm tm;
  gmtime_r(&second, &tm);
  char expected[64], actual[64];
  strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.", &tm);
  utc_second(actual, sizeof actual, second);
  CHECK_TEXT(actual, expected);
}

static void agrees_with_the_c_library(void) {
  for (time_t day = 0; day < 366 * 600; day++)
    expect_as_libc(day * 86400 + day % 86400);
  expect_as_libc(253402300799); // the last second of 9999
}

const struct test utc_tests[] = {{"utc: agrees with the C library", agrees_with_the_c_library}, {NULL, NULL}};
