#include "collections/map/dense_verify.h"

/* D2 of one bucket, which begins with *row: that becomes the row after it. */
static shm_status verify_bucket(shm_verifier *verifier, const shm_dense *map, uint64_t number,
                                uint64_t turn, uint64_t count, uint64_t *row)
{
    uint64_t before = 0;
    verifier->operations += 1 + count;
    for (uint64_t i = 0; i < count; i++, ++*row) {
        const uint64_t hash = shm_dense_hash_at(map, *row);
        const bool is_in_order = turn == SHM_STEPS_TURN_NONE
                                     ? i == 0 || hash > before
                                     : shm_steps_place(hash, turn, count) == i;
        if (!is_in_order || shm_steps_bucket_number(hash, map->block_count) != number) {
            return shm_verify_fail(verifier, SHM_CORRUPT, map->rows + *row * map->stride,
                                   "a row of a map does not stand where a find looks for it");
        }
        before = hash;
    }
    return SHM_OK;
}

/* D2 and D3 of a block, which begins with *row. */
static shm_status verify_block(shm_verifier *verifier, const shm_dense *map, uint64_t block,
                               uint64_t *row)
{
    const struct shm_steps *steps = &map->steps[block];
    const uint64_t left = map->row_count - *row;
    bool is_good = steps->first == *row && (steps->zero[0] | steps->zero[1]) == 0;
    uint64_t begin = 0;
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < SHM_STEPS_BUCKETS && is_good && status == SHM_OK; i++) {
        const uint64_t end = steps->ends[i];
        is_good = end >= begin && end <= left;
        if (is_good) {
            status = verify_bucket(verifier, map, block * SHM_STEPS_BUCKETS + i, steps->turns[i],
                                   end - begin, row);
        }
        begin = end;
    }
    return is_good ? status
                   : shm_verify_fail(verifier, SHM_CORRUPT, steps,
                                     "the steps of a map do not say where its rows are");
}

shm_status shm_dense_verify(shm_verifier *verifier, const shm_dense *map)
{
    uint64_t row = 0;
    shm_status status = SHM_OK;
    for (uint64_t block = 0; block < map->block_count && status == SHM_OK; block++) {
        status = verify_block(verifier, map, block, &row);
    }
    if (status == SHM_OK && row != map->row_count) {
        status = shm_verify_fail(verifier, SHM_CORRUPT, map->steps,
                                 "a map has more rows than its steps say");
    }
    return status;
}
