/* number.h — numbers of the schema's kinds from their text. */
#ifndef BINDINGS_CLI_NUMBER_H
#define BINDINGS_CLI_NUMBER_H

#include <stdbool.h>

#include <shm/schema.h>

bool shm_kind_is_integer(shm_kind kind);
bool shm_kind_is_float(shm_kind kind);

/* The 64-bit extension of an integer, whose text is digits with an optional '-' in front ("-0" is
 * 0); false if the kind cannot hold it. */
bool shm_integer_read(shm_string token, shm_kind kind, uint64_t *word);

/* The same of the integer that begins at `at`, whose text ends before the next NUL; answers
 * where it ends.  NULL if there is none, if the kind cannot hold it, or if it takes 20 digits:
 * who wants to know which asks for it whole. */
const char *shm_integer_scan(const char *at, shm_kind kind, uint64_t *word);

/* A float, rounded once to its own width; false if it is beyond the largest one. */
bool shm_float_read(shm_string token, shm_kind kind, double *value);

/* NaN, Infinity, -Infinity. */
bool shm_float_is_name(shm_string text);

/* "300 is out of range for u8 (0 to 255)" */
void shm_number_range_text(shm_string token, const shm_type *type, char *text, size_t size);

/* Whether the text is a number as JSON writes them, and has neither fraction nor exponent.  A NUL
 * must follow it. */
bool shm_number_is(shm_string text, bool *integral);

#endif
