/* dot.h — a schema as a graph, for Graphviz.  Internal. */
#ifndef SCHEMA_COMPILER_DOT_H
#define SCHEMA_COMPILER_DOT_H

#include "schema/compiler/output.h"
#include "schema/text/text.h"

/* Prints a graph of the types of the root of `parsed` and of the collections of its datasets (or of
 * `dataset`).  Fails: BAD_SCHEMA, LIMIT, NOT_FOUND, NO_MEMORY. */
SHM_MUST_USE shm_status shm_dot_graph(const shm_parsed *parsed, const char *dataset,
                                      shm_diagnostics *diagnostics, shm_output *out,
                                      shm_error *error);

#endif
