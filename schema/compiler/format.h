/* format.h — schema text in its usual form.  Internal. */
#ifndef SCHEMA_COMPILER_FORMAT_H
#define SCHEMA_COMPILER_FORMAT_H

#include "schema/compiler/output.h"

/* Prints the text anew: two spaces an indent, one part of a declaration a line, every comment kept
 * where it was.  Formatting what was formatted changes nothing.  The text must be without syntax
 * errors.  Cost: linear. */
void shm_format(const char *text, size_t length, shm_output *out);

#endif
