#include "ops.h"

const struct operation_type operation_types[] = {
#define X(code, name, fields, handler) {(code), #name, (fields), (handler)},
    OPERATIONS(X)
#undef X
};

const size_t operation_count = sizeof operation_types / sizeof operation_types[0];

const struct operation_type *operation_type(uint16_t code) {
  for (size_t i = 0; i < operation_count; i++)
    if (operation_types[i].code == code)
      return &operation_types[i];
  return NULL;
}
