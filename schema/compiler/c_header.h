/* c_header.h — the C header of one schema file.  Internal. */
#ifndef SCHEMA_COMPILER_C_HEADER_H
#define SCHEMA_COMPILER_C_HEADER_H

#include "schema/compiler/output.h"
#include "schema/text/text.h"

/* Prints the header of the root of `parsed`, whose texts are without errors.  `dataset` chooses one
 * of several datasets; NULL: all of them.  Two declarations that would have one name in C are told
 * to the diagnostics.  Fails: BAD_SCHEMA, LIMIT, NOT_FOUND (no such dataset), NO_MEMORY. */
SHM_MUST_USE shm_status shm_c_header(const shm_parsed *parsed, const char *dataset,
                                     shm_diagnostics *diagnostics, shm_output *out,
                                     shm_error *error);

#endif
