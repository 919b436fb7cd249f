/* wrap.h — long lines of generated C.  Internal. */
#ifndef SCHEMA_COMPILER_WRAP_H
#define SCHEMA_COMPILER_WRAP_H

#include "schema/compiler/output.h"

/* Copies the text, breaking lines longer than 100 columns at a space outside of literals; comments
 * and preprocessor lines stay as they are where they cannot be broken. */
void shm_wrap_lines(shm_output *out, const char *text, size_t length);

#endif
