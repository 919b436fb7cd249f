/* Memory of a build: within its budget, else in unnamed files. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>

#include "allocators/blocks.h"
#include "allocators/room.h"
#include "allocators/slots.h"

enum { ROOM_BYTES = 1 << 20, BLOCK_BYTES = 4096 };

/* Bytes of mapped unnamed files. */
static uint64_t mapped_files(void)
{
    char line[512];
    uint64_t sum = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    cr_assert_not_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t begin;
        uint64_t end;
        if (strstr(line, "/#") != NULL && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
            sum += end - begin;
        }
    }
    fclose(maps);
    return sum;
}

static void check_room(const shm_room *room)
{
    unsigned char *bytes = room->bytes;
    for (uint64_t i = 0; i < room->size; i++) {
        cr_assert_eq(bytes[i], 0);
        bytes[i] = (unsigned char)(i * 7);
    }
    for (uint64_t i = 0; i < room->size; i++) {
        cr_assert_eq(bytes[i], (unsigned char)(i * 7));
    }
}

Test(room, is_memory_within_the_budget_and_a_file_beyond)
{
    shm_error error;
    shm_room room;
    for (int beyond = 0; beyond < 2; beyond++) {
        shm_budget budget = {.left = (uint64_t)(ROOM_BYTES - beyond)};
        cr_assert_eq(shm_room_open(&budget, ROOM_BYTES, &room, &error), SHM_OK);
        cr_expect_eq(budget.left, beyond == 0 ? 0 : ROOM_BYTES - 1);
        cr_expect_eq(mapped_files(), beyond == 0 ? 0 : ROOM_BYTES);
        check_room(&room);
        shm_room_close(&room);
        cr_expect_eq(budget.left, (uint64_t)(ROOM_BYTES - beyond));
        cr_expect_eq(mapped_files(), 0);
    }
}

Test(room, small_ones_are_not_counted)
{
    static const uint64_t sizes[] = {0, 1, SHM_ROOM_SMALL_BYTES - 1};
    shm_error error;
    shm_room room;
    shm_budget budget = {.left = 0};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(shm_room_open(&budget, sizes[i], &room, &error), SHM_OK);
        cr_expect_eq(mapped_files(), 0);
        check_room(&room);
        shm_room_close(&room);
    }
    cr_assert_eq(shm_room_open(&budget, SHM_ROOM_SMALL_BYTES, &room, &error), SHM_OK);
    cr_expect_eq(mapped_files(), SHM_ROOM_SMALL_BYTES);
    shm_room_close(&room);
}

/* A file that cannot be made as large is an error at once. */
static void limit_files(rlim_t bytes)
{
    const struct rlimit limit = {bytes, bytes};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(room, no_folder_and_no_space_are_errors)
{
    shm_error error;
    shm_room room = {.size = 1};
    shm_budget budget = {.left = 0, .folder = "no-such-folder"};
    cr_expect_eq(shm_room_open(&budget, ROOM_BYTES, &room, &error), SHM_IO);
    cr_expect_str_eq(error.text, "no-such-folder: cannot make a spill file: No such file or "
                                 "directory");
    cr_expect_null(room.bytes);
    shm_room_close(&room); /* does nothing */
    limit_files(ROOM_BYTES - 1);
    budget.folder = ".";
    cr_expect_eq(shm_room_open(&budget, ROOM_BYTES, &room, &error), SHM_IO);
    cr_expect_str_eq(error.text, ".: cannot make a spill file: File too large");
    cr_expect_eq(mapped_files(), 0);
}

Test(blocks, the_first_are_memory_the_others_a_file)
{
    static const uint64_t affordable[] = {0, 1, 40, 99, 100, 1000};
    unsigned char written[BLOCK_BYTES];
    unsigned char buffer[BLOCK_BYTES];
    shm_error error;
    for (size_t i = 0; i < sizeof affordable / sizeof affordable[0]; i++) {
        shm_blocks blocks;
        shm_budget budget = {.left = affordable[i] * BLOCK_BYTES + 500, .kept = 500};
        const uint64_t before = budget.left;
        cr_assert_eq(shm_blocks_open(&budget, 100, BLOCK_BYTES, &blocks, &error), SHM_OK);
        cr_expect_eq(blocks.memory_count, affordable[i] < 100 ? affordable[i] : 100);
        cr_expect_eq(blocks.has_file, affordable[i] < 100);
        for (uint64_t block = 0; block < 100; block++) {
            cr_assert_eq(shm_blocks_take(&blocks), block);
            memset(written, (int)block + 1, sizeof written);
            cr_assert_eq(shm_blocks_write(&blocks, 99 - block, written, BLOCK_BYTES, &error),
                         SHM_OK);
        }
        for (uint64_t block = 0; block < 100; block++) {
            const void *bytes;
            cr_assert_eq(shm_blocks_read(&blocks, block, BLOCK_BYTES, buffer, &bytes, &error),
                         SHM_OK);
            cr_assert_eq((bytes == buffer), block >= blocks.memory_count);
            memset(written, 100 - (int)block, sizeof written);
            cr_assert_arr_eq(bytes, written, BLOCK_BYTES);
        }
        shm_blocks_clear(&blocks);
        cr_assert_eq(shm_blocks_take(&blocks), 0);
        shm_blocks_close(&blocks);
        cr_expect_eq(budget.left, before);
    }
}

Test(blocks, what_cannot_be_written_or_read_is_an_error)
{
    unsigned char bytes[BLOCK_BYTES] = {0};
    const void *read;
    shm_error error;
    shm_blocks blocks;
    shm_budget budget = {.left = 0, .folder = "."};
    cr_assert_eq(shm_blocks_open(&budget, 10, BLOCK_BYTES, &blocks, &error), SHM_OK);
    cr_expect_eq(shm_blocks_read(&blocks, 3, BLOCK_BYTES, bytes, &read, &error), SHM_IO);
    cr_expect_str_eq(error.text, ".: cannot read a spill file: Input/output error");
    limit_files(BLOCK_BYTES);
    cr_expect_eq(shm_blocks_write(&blocks, 1, bytes, BLOCK_BYTES, &error), SHM_IO);
    cr_expect_str_eq(error.text, ".: cannot write a spill file: File too large");
    shm_blocks_close(&blocks);
}

/* Numbers of equal hashes are all found; the table grows from memory into a file. */
Test(slots, keep_all_numbers_while_they_grow)
{
    enum { COUNT = 30000 };
    shm_error error;
    shm_budget budget = {.left = 300 << 10};
    shm_slots slots = {0};
    for (uint64_t i = 1; i <= COUNT; i++) {
        const uint64_t hash = i / 3 * UINT64_C(0x9e3779b97f4a7c15);
        cr_assert_eq(shm_slots_reserve(&slots, &budget, &error), SHM_OK);
        struct shm_slot_entry *slot = shm_slots_first(&slots, hash);
        while (slot->number != 0) {
            slot = shm_slots_next(&slots, slot);
        }
        shm_slots_put(&slots, slot, hash, i);
    }
    cr_expect_gt(mapped_files(), 0, "the table has outgrown the budget");
    for (uint64_t i = 1; i <= COUNT; i++) {
        const uint64_t hash = i / 3 * UINT64_C(0x9e3779b97f4a7c15);
        const struct shm_slot_entry *slot = shm_slots_first(&slots, hash);
        while (slot->number != i) {
            cr_assert_neq(slot->number, 0);
            slot = shm_slots_next(&slots, (struct shm_slot_entry *)(uintptr_t)slot);
        }
        cr_assert_eq(slot->hash, hash);
    }
    shm_slots_close(&slots);
    cr_expect_eq(mapped_files(), 0);
    cr_expect_eq(budget.left, 300 << 10);
}
