/* The text of info/last_cmd_status, and numbers parsed as strictly as the kernel parses them. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "sim.h"

/* rdt_last_cmd_clear */
void status_clear(struct sim *sim) { sim->status[0] = '\0'; }

/* rdt_last_cmd_printf: appends; what does not fit is lost. */
void status_add(struct sim *sim, const char *format, ...) {
  size_t used = strlen(sim->status);
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(sim->status + used, sizeof sim->status - used, format, arguments);
  va_end(arguments);
}

static int digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  c = (char)tolower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* kstrtoull: no blanks, an optional '+', "0x" where the base allows it, one newline at the end. Base 0 looks at the
 * prefix (_parse_integer_fixup_radix). */
int parse_unsigned(const char *text, unsigned base, uint64_t max, uint64_t *value) {
  if (*text == '+') {
    text++;
  }
  bool hex = text[0] == '0' && tolower((unsigned char)text[1]) == 'x' && digit(text[2]) < 16;
  if (base == 0) {
    base = hex ? 16 : text[0] == '0' ? 8 : 10;
  }
  if (base == 16 && hex) {
    text += 2;
  }
  uint64_t result = 0;
  const char *first = text;
  for (; digit(*text) < (int)base; text++) {
    uint64_t next;
    if (__builtin_mul_overflow(result, base, &next) || __builtin_add_overflow(next, (uint64_t)digit(*text), &result)) {
      return -ERANGE;
    }
  }
  if (text == first) {
    return -EINVAL;
  }
  if (*text == '\n') {
    text++;
  }
  if (*text != '\0') {
    return -EINVAL;
  }
  if (result > max) {
    return -ERANGE;
  }
  *value = result;
  return 0;
}

/* kstrtoint with base 0 */
int parse_signed(const char *text, int *value) {
  uint64_t number;
  bool negative = *text == '-';
  if (negative && text[1] == '+') {
    return -EINVAL;
  }
  int error = parse_unsigned(negative ? text + 1 : text, 0, negative ? (uint64_t)INT_MAX + 1 : INT_MAX, &number);
  if (error != 0) {
    return error;
  }
  *value = negative ? (int)-(int64_t)number : (int)number;
  return 0;
}

/* strim */
char *trim(char *text) {
  size_t length = strlen(text);
  while (length > 0 && isspace((unsigned char)text[length - 1])) {
    text[--length] = '\0';
  }
  while (isspace((unsigned char)*text)) {
    text++;
  }
  return text;
}
