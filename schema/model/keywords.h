/* keywords.h — names that generated code cannot use as they are.  Internal. */
#ifndef SCHEMA_MODEL_KEYWORDS_H
#define SCHEMA_MODEL_KEYWORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the name is a keyword of C, C++ or Python; it gets a trailing '_' in code of any of
 * them, so that a field has one name everywhere. */
bool shm_name_is_keyword(const char *name, size_t length);

#endif
