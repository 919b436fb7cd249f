/* hash_stream.c — XXH3-64 with seed 0 over bytes that come in pieces.
 *
 * At least one byte is always held back in the buffer, because the last stripe of the input is
 * taken in another way than the others.  When fewer than 64 bytes are held back, the end of the
 * buffer still has the last 64 that were taken: the last stripe reaches back into them. */
#include "libshm/hash.h"

#include <string.h>

#include "libshm/hash_long.h"
#include "libshm/hash_parts.h"

enum { BUFFER_BYTES = sizeof(((shm_hash_stream *)0)->buffer) };

void shm_hash_stream_begin(shm_hash_stream *stream)
{
    shm_hash_lanes_begin(stream->lanes);
    stream->buffered = 0;
    stream->total = 0;
    stream->stripes_in_block = 0;
}

static void take(shm_hash_stream *stream, const unsigned char *bytes, size_t stripe_count)
{
    stream->stripes_in_block = shm_hash_take_stripes(stream->lanes, bytes, stripe_count,
                                                     stream->stripes_in_block, shm_hash_secret);
}

void shm_hash_stream_add(shm_hash_stream *stream, const void *bytes, size_t length)
{
    if (length == 0) {
        return;
    }
    const unsigned char *from = bytes;
    stream->total += length;
    const size_t room = BUFFER_BYTES - stream->buffered;
    if (length <= room) {
        memcpy(stream->buffer + stream->buffered, from, length);
        stream->buffered += length;
        return;
    }
    if (stream->buffered > 0) {
        memcpy(stream->buffer + stream->buffered, from, room);
        take(stream, stream->buffer, BUFFER_BYTES / SHM_HASH_STRIPE_BYTES);
        from += room;
        length -= room;
    }
    if (length > BUFFER_BYTES) {
        const size_t stripe_count = (length - 1) / SHM_HASH_STRIPE_BYTES;
        take(stream, from, stripe_count);
        from += stripe_count * SHM_HASH_STRIPE_BYTES;
        length -= stripe_count * SHM_HASH_STRIPE_BYTES;
        memcpy(stream->buffer + BUFFER_BYTES - SHM_HASH_STRIPE_BYTES, from - SHM_HASH_STRIPE_BYTES,
               SHM_HASH_STRIPE_BYTES);
    }
    memcpy(stream->buffer, from, length);
    stream->buffered = length;
}

uint64_t shm_hash_stream_end(const shm_hash_stream *stream)
{
    if (stream->total <= SHM_HASH_SHORT_BYTES_MAX) {
        return shm_hash64(stream->buffer, stream->buffered, 0);
    }
    uint64_t lanes[SHM_HASH_LANE_COUNT];
    memcpy(lanes, stream->lanes, sizeof lanes);
    unsigned char last[SHM_HASH_STRIPE_BYTES];
    if (stream->buffered >= sizeof last) {
        (void)shm_hash_take_stripes(lanes, stream->buffer, (stream->buffered - 1) / sizeof last,
                                    stream->stripes_in_block, shm_hash_secret);
        memcpy(last, stream->buffer + stream->buffered - sizeof last, sizeof last);
    } else {
        const size_t back = sizeof last - stream->buffered;
        memcpy(last, stream->buffer + BUFFER_BYTES - back, back);
        memcpy(last + back, stream->buffer, stream->buffered);
    }
    shm_hash_lanes_finish(lanes, last, shm_hash_secret);
    return shm_hash_lanes_merge(lanes, stream->total * SHM_PRIME64_1, shm_hash_secret, 11);
}
