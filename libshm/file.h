/* file.h — files that appear whole or not at all, and buffered writing into them.  Internal. */
#ifndef LIBSHM_FILE_H
#define LIBSHM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#include "libshm/hash.h"

/* Opens an unnamed file (O_TMPFILE, 0600, for reading and writing) in the folder of `path`, to be
 * published there.  Where the file system has no unnamed files it is ".NAME.new" from the start,
 * locked, and taken over from a killed build; shm_file_discard removes it again.
 * Fails: IO (also if `path` is something else than a regular file), LOCKED. */
SHM_MUST_USE shm_status shm_file_open_unnamed(const char *path, int *fd, shm_error *error);

/* Syncs the file, links it as ".NAME.new" beside `path` (taking over what a killed build left
 * there), puts it in the place of `path` and syncs the folder.  The file takes the permissions
 * 0600, or those of the regular file it replaces; nothing but a regular file is replaced.
 * Fails: IO, NO_SPACE, NO_MEMORY, LOCKED (another process has been publishing in this folder for
 * seconds); `path` is then what it was.  fd stays open, for shm_file_discard. */
SHM_MUST_USE shm_status shm_file_publish(int fd, const char *path, shm_error *error);

/* Closes the file, and removes ".NAME.new" if that is the file. */
void shm_file_discard(int fd, const char *path);

/* An append-only writer: a buffer before a file, with a running checksum.  It writes at its own
 * positions and leaves the file's alone. */
typedef struct shm_writer {
    int fd;
    const char *name; /* for messages */
    unsigned char *buffer;
    size_t buffered;
    uint64_t position; /* of the next byte, from the file's start */
    bool will_sync;    /* set by the caller: whole chunks start for the disk at once */
    shm_hash_stream checksum;
} shm_writer;

/* Bytes reach the file in chunks of 2 MiB that begin at multiples of it: then file systems with
 * large folios (ext4) keep them in huge pages, which mappings get without asking. */
enum { SHM_WRITER_CHUNK_BYTES = 2 << 20 };

SHM_MUST_USE shm_status shm_writer_open(int fd, const char *name, shm_writer *writer,
                                        shm_error *error);
SHM_MUST_USE shm_status shm_writer_add(shm_writer *writer, const void *bytes, size_t length,
                                       shm_error *error);
/* Zeros up to `position`, which is not behind. */
SHM_MUST_USE shm_status shm_writer_pad(shm_writer *writer, uint64_t position, shm_error *error);
SHM_MUST_USE shm_status shm_writer_flush(shm_writer *writer, shm_error *error);
/* Starts the checksum anew: what is added from here to shm_writer_checksum is one section. */
void shm_writer_checksum_begin(shm_writer *writer);
uint64_t shm_writer_checksum(const shm_writer *writer);
/* Goes back to an earlier position: what stood from there on is written anew. */
SHM_MUST_USE shm_status shm_writer_rewind(shm_writer *writer, uint64_t position, shm_error *error);
void shm_writer_close(shm_writer *writer); /* frees the buffer; neither flushes nor closes fd */

#endif
