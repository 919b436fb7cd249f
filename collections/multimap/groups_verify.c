#include "collections/multimap/groups_verify.h"

#include <string.h>

#include "collections/multimap/groups_disk.h"

uint64_t shm_groups_number(const struct shm_groups *groups, uint64_t i)
{
    uint64_t number = 0;
    if (groups->width == SHM_GROUP_WIDTH_SMALL) {
        memcpy(&number, groups->at + i * SHM_GROUP_WIDTH_SMALL, SHM_GROUP_WIDTH_SMALL);
    } else {
        memcpy(&number, groups->at + i * SHM_GROUP_WIDTH_LARGE, SHM_GROUP_WIDTH_LARGE);
    }
    return number;
}

/* The rows of the group that begins at `start`: rising, all of the table. */
static shm_status verify_rows(shm_verifier *verifier, const struct shm_groups *groups,
                              uint64_t start, uint64_t count, uint64_t row_count)
{
    uint64_t least = 0;
    for (uint64_t i = 1; i <= count; i++) {
        const uint64_t row = shm_groups_number(groups, start + i);
        if (row < least || row >= row_count) {
            return shm_verify_fail(verifier, SHM_CORRUPT, groups->at + (start + i) * groups->width,
                                   "the rows of a group do not rise or are not of the table");
        }
        least = row + 1;
    }
    verifier->operations += 1 + count;
    return SHM_OK;
}

shm_status shm_groups_verify(shm_verifier *verifier, const struct shm_groups *groups,
                             uint64_t row_count, uint64_t *starts, uint64_t *pair_count)
{
    uint64_t pairs = 0;
    for (uint64_t start = 0; start < groups->length;) {
        const uint64_t count = shm_groups_number(groups, start);
        if (count < 2 || count > groups->length - start - 1) {
            return shm_verify_fail(verifier, SHM_CORRUPT, groups->at + start * groups->width,
                                   "a group has fewer than two rows, or more than there are");
        }
        const shm_status status = verify_rows(verifier, groups, start, count, row_count);
        if (status != SHM_OK) {
            return status;
        }
        starts[start / 64] |= UINT64_C(1) << (start % 64);
        pairs += count;
        start += 1 + count;
    }
    *pair_count = pairs;
    return SHM_OK;
}

uint64_t shm_groups_place(const struct shm_groups *groups, uint64_t start, uint64_t row)
{
    uint64_t low = start + 1;
    uint64_t high = low + shm_groups_number(groups, start);
    const uint64_t end = high;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (shm_groups_number(groups, middle) < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && shm_groups_number(groups, low) == row ? low : SHM_NO_PLACE;
}
