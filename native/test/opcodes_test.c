// The table in opcodes.tsv against the one in the code.
#include "check.h"
#include "ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_table(void) {
  const char *path = getenv("CARAFE_OPCODES");
  FILE *table = fopen(path ? path : "opcodes.tsv", "re");
  if (!table)
    check_skip("opcodes.tsv: set CARAFE_OPCODES or run in native/");
  return table;
}

struct wire_type {
  const char *name;
  const char *letters;
};

// What a type of the table may be in the code: a slot and a path are a u16 and a str that the code checks further.
static const struct wire_type types[] = {
    {"u8", "1"},           {"u16", "2ho"},      {"u32", "4"},         {"u64", "8"},        {"i32", "i"},
    {"str", "sp"},         {"blob", "b"},       {"list<idmap>", "U"}, {"list<pair>", "K"}, {"list<nsslot>", "N"},
    {"list<rlimit>", "R"}, {"list<str>", "AP"}, {"list<u32>", "G"},
};

static bool is_type(const char *name, char letter) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp(types[i].name, name) == 0)
      return letter && strchr(types[i].letters, letter);
  return false;
}

static void check_row(char *line) {
  char *code = strtok(line, "\t"), *name = strtok(NULL, "\t\n");
  char *fields = name ? name + strlen(name) + 1 : NULL;
  CHECK(code && name);
  const struct operation_type *type = operation_type((uint16_t)atoi(code));
  if (!type)
    check_fail(__FILE__, __LINE__, "code %s (%s) is not in the code", code, name);
  CHECK_TEXT(type->name, name);
  fields[strcspn(fields, "\t\n")] = 0;
  const char *letter = type->fields;
  for (char *field = strtok(fields, " "); field; field = strtok(NULL, " "), letter++) {
    const char *colon = strchr(field, ':');
    if (!colon || !is_type(colon + 1, *letter))
      check_fail(__FILE__, __LINE__, "%s: %s is '%c' in the code", name, field, *letter);
  }
  if (*letter)
    check_fail(__FILE__, __LINE__, "%s has more fields in the code: %s", name, letter);
}

static void the_table_is_the_code(void) {
  FILE *table = open_table();
  char line[2048];
  size_t rows = 0;
  while (fgets(line, sizeof line, table)) {
    if (line[0] == '#')
      continue;
    check_row(line);
    rows++;
  }
  fclose(table);
  CHECK_NUMBER(rows, operation_count);
}

const struct test opcodes_tests[] = {
    {"opcodes: the table is the code", the_table_is_the_code},
    {NULL, NULL},
};
