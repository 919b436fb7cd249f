/* error.h — filling a shm_error.  Internal. */
#ifndef LIBSHM_ERROR_H
#define LIBSHM_ERROR_H

#include <shm/status.h>

/* Sets *error (unless NULL) to `status` and the formatted text, with no offset and no errno, and
 * returns `status`, so that a failing function can end in `return shm_fail(...)`. */
shm_status shm_fail(shm_error *error, shm_status status, const char *format, ...) SHM_PRINTF(3, 4);

/* The same, with the place in the image, in bytes. */
shm_status shm_fail_at(shm_error *error, shm_status status, uint64_t offset, const char *format,
                       ...) SHM_PRINTF(4, 5);

/* The same for a failed system call: takes errno, appends ": " and its text, and answers NO_SPACE
 * for ENOSPC and EDQUOT, NO_MEMORY for ENOMEM, else IO. */
shm_status shm_fail_errno(shm_error *error, const char *format, ...) SHM_PRINTF(2, 3);

/* "out of memory"; the one text for a failed allocation. */
shm_status shm_fail_memory(shm_error *error);

#endif
