/* utf8.h — is this UTF-8?  Internal. */
#ifndef LIBSHM_UTF8_H
#define LIBSHM_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates, up to U+10FFFF; NUL
 * is a character like others).  Cost: linear, 8 ASCII bytes at a time. */
bool shm_utf8_valid(const char *text, size_t length);

/* The length of the longest well-formed prefix. */
size_t shm_utf8_valid_prefix(const char *text, size_t length);

#endif
