/* keywords.h — names that generated code cannot use as they are.  Internal. */
#ifndef SCHEMA_MODEL_KEYWORDS_H
#define SCHEMA_MODEL_KEYWORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the name is a word of C, C++ or Python.  Two fields may not differ by a trailing '_'
 * alone if the shorter name is one. */
bool shm_name_is_keyword(const char *name, size_t length);

/* Whether generated code of that language adds a '_' to the name. */
bool shm_name_is_c_word(const char *name);
bool shm_name_is_python_word(const char *name);

#endif
