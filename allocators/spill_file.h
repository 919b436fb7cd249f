/* spill_file.h — unnamed files for what does not fit the memory of a build.  They vanish with the
 * process, however it ends.
 * Internal.  Threads: any, if they use different parts of a file. */
#ifndef ALLOCATORS_SPILL_FILE_H
#define ALLOCATORS_SPILL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

/* The folder that is meant: NULL means $TMPDIR or /var/tmp. */
const char *shm_spill_folder(const char *folder);

/* An empty file.  Fails: IO. */
SHM_MUST_USE shm_status shm_spill_file_open(const char *folder, int *file, shm_error *error);

/* Fails: IO, NO_SPACE.  `folder` is for messages. */
SHM_MUST_USE shm_status shm_spill_file_write(int file, const char *folder, uint64_t offset,
                                             const void *bytes, size_t length, shm_error *error);

/* [offset, offset + length) must be there.  Fails: IO. */
SHM_MUST_USE shm_status shm_spill_file_read(int file, const char *folder, uint64_t offset,
                                            void *bytes, size_t length, shm_error *error);

#endif
