/* writer.c — a buffer before a file, with a running checksum. */
#include "libshm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshm/error.h"

shm_status shm_writer_open(int fd, const char *name, shm_writer *writer, shm_error *error)
{
    unsigned char *buffer = malloc(SHM_WRITER_CHUNK_BYTES);
    if (buffer == NULL) {
        return shm_fail_memory(error);
    }
    writer->fd = fd;
    writer->name = name;
    writer->buffer = buffer;
    writer->buffered = 0;
    writer->position = 0;
    writer->will_sync = false;
    shm_hash_stream_begin(&writer->checksum);
    return SHM_OK;
}

/* Has the system write whole chunks while the next ones are made, so that a sync finds little left
 * to do.  Only a hint: whether they arrive is what the sync says. */
static void start_sync(const shm_writer *writer, uint64_t position, size_t length)
{
    if (writer->will_sync && length >= SHM_WRITER_CHUNK_BYTES) {
        (void)sync_file_range(writer->fd, (off_t)position, (off_t)length, SYNC_FILE_RANGE_WRITE);
    }
}

static shm_status write_at(const shm_writer *writer, const unsigned char *bytes, size_t length,
                           uint64_t position, shm_error *error)
{
    const size_t whole = length;
    while (length > 0) {
        const ssize_t written = pwrite(writer->fd, bytes, length, (off_t)position);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            if (written == 0) {
                errno = ENOSPC;
            }
            return shm_fail_errno(error, "%s: cannot write", writer->name);
        }
        bytes += written;
        length -= (size_t)written;
        position += (uint64_t)written;
    }
    start_sync(writer, position - whole, whole);
    return SHM_OK;
}

shm_status shm_writer_flush(shm_writer *writer, shm_error *error)
{
    const shm_status status = write_at(writer, writer->buffer, writer->buffered,
                                       writer->position - writer->buffered, error);
    if (status == SHM_OK) {
        writer->buffered = 0;
    }
    return status;
}

/* Adds what goes into the buffer before it ends at a boundary, or whole chunks past it; answers how
 * much that was in *added. */
static shm_status add_piece(shm_writer *writer, const unsigned char *bytes, size_t length,
                            size_t *added, shm_error *error)
{
    const size_t room =
        SHM_WRITER_CHUNK_BYTES - (size_t)(writer->position % SHM_WRITER_CHUNK_BYTES);
    if (room == SHM_WRITER_CHUNK_BYTES && length >= room) {
        const size_t whole = length - length % SHM_WRITER_CHUNK_BYTES;
        const shm_status status = write_at(writer, bytes, whole, writer->position, error);
        *added = whole;
        writer->position += status == SHM_OK ? whole : 0;
        return status;
    }
    *added = length < room ? length : room;
    memcpy(writer->buffer + writer->buffered, bytes, *added);
    writer->buffered += *added;
    writer->position += *added;
    return *added == room ? shm_writer_flush(writer, error) : SHM_OK;
}

shm_status shm_writer_add(shm_writer *writer, const void *bytes, size_t length, shm_error *error)
{
    const unsigned char *at = bytes;
    shm_status status = SHM_OK;
    if (length > 0) {
        shm_hash_stream_add(&writer->checksum, bytes, length);
    }
    while (length > 0 && status == SHM_OK) {
        size_t added = 0;
        status = add_piece(writer, at, length, &added, error);
        at += added;
        length -= added;
    }
    return status;
}

shm_status shm_writer_pad(shm_writer *writer, uint64_t position, shm_error *error)
{
    static const unsigned char zeros[4096];
    shm_status status = SHM_OK;
    while (status == SHM_OK && writer->position < position) {
        const uint64_t left = position - writer->position;
        status =
            shm_writer_add(writer, zeros, left < sizeof zeros ? (size_t)left : sizeof zeros, error);
    }
    return status;
}

shm_status shm_writer_rewind(shm_writer *writer, uint64_t position, shm_error *error)
{
    const shm_status status = shm_writer_flush(writer, error);
    if (status == SHM_OK) {
        writer->position = position;
    }
    return status;
}

void shm_writer_checksum_begin(shm_writer *writer)
{
    shm_hash_stream_begin(&writer->checksum);
}

uint64_t shm_writer_checksum(const shm_writer *writer)
{
    return shm_hash_stream_end(&writer->checksum);
}

void shm_writer_close(shm_writer *writer)
{
    free(writer->buffer);
    writer->buffer = NULL;
}
