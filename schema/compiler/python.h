/* python.h — stubs for Python's type checkers.  Internal. */
#ifndef SCHEMA_COMPILER_PYTHON_H
#define SCHEMA_COMPILER_PYTHON_H

#include "schema/compiler/output.h"
#include "schema/text/text.h"

/* Prints the stubs of the root of `parsed`: a class for each struct and record, with a typed
 * property for each field, and one for each dataset (or for `dataset`).
 * Fails: BAD_SCHEMA, LIMIT, NOT_FOUND, NO_MEMORY. */
SHM_MUST_USE shm_status shm_python_stub(const shm_parsed *parsed, const char *dataset,
                                        shm_diagnostics *diagnostics, shm_output *out,
                                        shm_error *error);

#endif
