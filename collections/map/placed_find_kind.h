/* placed_find_kind.h — the finds of one kind of processor in placed maps of both widths.
 *
 * Included once by each of placed_find_plain.c, placed_find.c, placed_find_avx2.c and
 * placed_find_avx512.c, which first define
 *   SHM_KIND           the attributes of functions that use what this kind has,
 *   SHM_KIND_NAME      what the kind is called,
 *   match_8, match_4   of type shm_placed_match, and MATCH_BITS_8, MATCH_BITS_4: their bits a slot.
 * Internal. */
#include "collections/map/placed_find.h"

SHM_KIND static const void *find_8(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 8, MATCH_BITS_8, match_8);
}

SHM_KIND static size_t find_many_8(const shm_placed *map, const uint64_t *keys, size_t count,
                                   const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 8, MATCH_BITS_8, match_8);
}

SHM_KIND static const void *dense_find_8(const shm_placed *map, uint64_t key)
{
    return shm_dense_find_with(map, key, 8, MATCH_BITS_8, match_8);
}

SHM_KIND static size_t dense_find_many_8(const shm_placed *map, const uint64_t *keys, size_t count,
                                         const void **entries)
{
    return shm_dense_find_many_with(map, keys, count, entries, 8, MATCH_BITS_8, match_8);
}

SHM_KIND static const void *find_4(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 4, MATCH_BITS_4, match_4);
}

SHM_KIND static size_t find_many_4(const shm_placed *map, const uint64_t *keys, size_t count,
                                   const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 4, MATCH_BITS_4, match_4);
}

SHM_KIND static const void *dense_find_4(const shm_placed *map, uint64_t key)
{
    return shm_dense_find_with(map, key, 4, MATCH_BITS_4, match_4);
}

SHM_KIND static size_t dense_find_many_4(const shm_placed *map, const uint64_t *keys, size_t count,
                                         const void **entries)
{
    return shm_dense_find_many_with(map, keys, count, entries, 4, MATCH_BITS_4, match_4);
}

static const struct shm_placed_finds *finds_of_kind(uint32_t width, bool is_dense)
{
    static const struct shm_placed_finds all[2][2] = {
        {{find_4, find_many_4, SHM_KIND_NAME}, {dense_find_4, dense_find_many_4, SHM_KIND_NAME}},
        {{find_8, find_many_8, SHM_KIND_NAME}, {dense_find_8, dense_find_many_8, SHM_KIND_NAME}}};
    return &all[width == 8][is_dense];
}
