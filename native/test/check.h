// A tiny test frame: each test is a function, prints one line, and stops at its first failed check.
#ifndef CARAFE_CHECK_H
#define CARAFE_CHECK_H

#include <setjmp.h>
#include <stdbool.h>

struct test {
  const char *name;
  void (*run)(void);
};

// Ends the test as failed, or as skipped for a named reason.
_Noreturn void check_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition)                                                                                               \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      check_fail(__FILE__, __LINE__, "%s (errno %d)", #condition, errno);                                              \
  } while (0)

#define CHECK_NUMBER(actual, expected)                                                                                 \
  do {                                                                                                                 \
    long long a_ = (long long)(actual), e_ = (long long)(expected);                                                    \
    if (a_ != e_)                                                                                                      \
      check_fail(__FILE__, __LINE__, "%s is %lld, expected %lld", #actual, a_, e_);                                    \
  } while (0)

#define CHECK_TEXT(actual, expected)                                                                                   \
  do {                                                                                                                 \
    const char *a_ = (actual), *e_ = (expected);                                                                       \
    if (strcmp(a_, e_) != 0)                                                                                           \
      check_fail(__FILE__, __LINE__, "%s is \"%s\", expected \"%s\"", #actual, a_, e_);                                \
  } while (0)

// Each file of tests ends with one: {NULL, NULL} closes the list.
extern const struct test wire_tests[], utc_tests[], check_tests[], opcodes_tests[], inroot_tests[], launch_tests[],
    mount_tests[], process_tests[], namespace_tests[], userns_tests[], terminal_tests[], tool_tests[];

#endif
