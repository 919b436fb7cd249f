/* approximate_build.c — the building half of approximate indexes. */
#include "collections/multimap/approximate_build.h"

#include "collections/multimap/approximate_disk.h"
#include "collections/multimap/groups_build.h"
#include "libshm/error.h"

/* max(1, ceil(keys * one_in / 2^bits)); 0 if bucket_count * 2^bits does not fit 64 bits. */
static uint64_t count_buckets(uint64_t keys, uint64_t one_in, unsigned bits)
{
    const unsigned __int128 places = (unsigned __int128)keys * one_in;
    const unsigned __int128 buckets = (places + (((uint64_t)1 << bits) - 1)) >> bits;
    if (buckets >> (64 - bits) != 0) {
        return 0;
    }
    return buckets == 0 ? 1 : (uint64_t)buckets;
}

shm_status shm_approximate_build_open(shm_entries *entries, uint64_t one_in,
                                      shm_approximate_build *build, shm_error *error)
{
    build->bits = shm_approximate_bits(one_in);
    build->bucket_count = count_buckets(entries->key_count, one_in, build->bits);
    if (build->bucket_count == 0) {
        return shm_fail(error, SHM_LIMIT,
                        "%llu keys at a rate of 1/%llu need more than 2^64 places; choose a "
                        "larger rate",
                        (unsigned long long)entries->key_count, (unsigned long long)one_in);
    }
    for (uint64_t i = 0; i < entries->count; i++) {
        entries->list[i].hash =
            shm_approximate_place(entries->list[i].hash, build->bucket_count, build->bits);
    }
    shm_entries_sort(entries->list, entries->count); /* places are in another order than hashes */
    uint64_t kept = 0;
    for (uint64_t i = 0; i < entries->count; i++) {
        const shm_entry *entry = &entries->list[i];
        if (kept == 0 || entries->list[kept - 1].hash != entry->hash ||
            entries->list[kept - 1].row != entry->row) {
            entries->list[kept++] = *entry;
        }
    }
    entries->count = kept;
    build->pair_count = kept;
    return SHM_OK;
}

static uint64_t rows_offset(const shm_approximate_build *build)
{
    return (build->pair_count * (build->bits / 8) + 7) & ~UINT64_C(7);
}

uint64_t shm_approximate_fragments_size(const shm_approximate_build *build, uint64_t row_count)
{
    return rows_offset(build) + build->pair_count * shm_row_number_width(row_count);
}

shm_status shm_approximate_write_buckets(const shm_approximate_build *build,
                                         const shm_entries *pairs, shm_writer *writer,
                                         shm_error *error)
{
    uint64_t pair = 0;
    for (uint64_t bucket = 0; bucket <= build->bucket_count; bucket++) {
        while (pair < build->pair_count && pairs->list[pair].hash >> build->bits < bucket) {
            pair++;
        }
        const shm_status status = shm_writer_add(writer, &pair, sizeof pair, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    return SHM_OK;
}

shm_status shm_approximate_write_fragments(const shm_approximate_build *build,
                                           const shm_entries *pairs, shm_writer *writer,
                                           shm_error *error)
{
    const size_t width = (size_t)shm_row_number_width(pairs->table.count);
    const uint64_t rows_at = writer->position + rows_offset(build);
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < build->pair_count && status == SHM_OK; i++) {
        status = shm_writer_add(writer, &pairs->list[i].hash, build->bits / 8, error);
    }
    if (status == SHM_OK) {
        status = shm_writer_pad(writer, rows_at, error);
    }
    for (uint64_t i = 0; i < build->pair_count && status == SHM_OK; i++) {
        status = shm_writer_add(writer, &pairs->list[i].row, width, error);
    }
    return status;
}
