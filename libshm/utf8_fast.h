/* utf8_fast.h — UTF-8, 32 bytes at a time.  Internal to utf8.c. */
#ifndef LIBSHM_UTF8_FAST_H
#define LIBSHM_UTF8_FAST_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the machine can do it. */
bool shm_utf8_fast_is_there(void);

/* Whether the bytes are well-formed UTF-8.  Only where shm_utf8_fast_is_there(). */
bool shm_utf8_fast_valid(const unsigned char *text, size_t length);

#endif
