/* words.h — names that a language keeps for itself.  Internal. */
#ifndef SCHEMA_COMPILER_WORDS_H
#define SCHEMA_COMPILER_WORDS_H

#include <stdbool.h>

/* Keywords of C (to C23) and C++ (to C++20), and what their headers or GNU C define as macros. */
bool shm_is_c_word(const char *name);

/* Keywords of Python 3. */
bool shm_is_python_word(const char *name);

#endif
