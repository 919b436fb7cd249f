/* Memory that goes round within a build, and how much a build takes that is not told. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocators/budget.h"
#include "allocators/room.h"
#include "allocators/spool.h"

enum { BYTES = 1 << 20 };
#define MIB (UINT64_C(1) << 20)

static uint64_t spare_bytes(const shm_budget *budget)
{
    uint64_t bytes = 0;
    for (int i = 0; i < SHM_SPARE_COUNT; i++) {
        bytes += budget->spare[i].size;
    }
    return bytes;
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
    size_t i = 0;
    while (i < size && bytes[i] == 0) {
        i++;
    }
    return i == size;
}

Test(budget, a_room_takes_over_the_memory_of_one_that_was_closed)
{
    shm_budget budget = {.left = 4 * BYTES};
    shm_error error;
    shm_room first;
    shm_room second;
    cr_assert_eq(shm_room_open(&budget, BYTES, &first, &error), SHM_OK);
    unsigned char *bytes = first.bytes;
    memset(bytes, 7, BYTES);
    shm_room_close(&first);
    cr_expect_eq(spare_bytes(&budget), BYTES);
    cr_expect_eq(budget.left, 4 * BYTES, "what is spare is left");
    cr_assert_eq(shm_room_open(&budget, BYTES / 2, &first, &error), SHM_OK);
    cr_assert_eq(shm_room_open_unset(&budget, BYTES / 2, &second, &error), SHM_OK);
    cr_expect_eq(first.bytes, bytes);
    cr_expect_eq(second.bytes, bytes + BYTES / 2);
    cr_expect(is_zero(first.bytes, BYTES / 2), "rooms begin with zeros");
    cr_expect_eq(bytes[BYTES - 1], 7, "but for those that need none");
    cr_expect_eq(spare_bytes(&budget), 0);
    shm_room_close(&second);
    shm_room_close(&first);
    cr_expect_eq(spare_bytes(&budget), BYTES);
    cr_expect_eq(budget.spare[0].size, BYTES, "pieces that came back in turn are one again");
    shm_budget_drop_spare(&budget);
    cr_expect_eq(spare_bytes(&budget), 0);
}

Test(budget, more_than_is_spare_is_new_and_what_was_spare_goes_back)
{
    shm_budget budget = {.left = 4 * BYTES};
    bool is_new;
    void *small = shm_budget_take(&budget, BYTES, &is_new);
    cr_expect(is_new);
    shm_budget_give(&budget, small, BYTES);
    unsigned char *large = shm_budget_take(&budget, BYTES + 1, &is_new);
    cr_assert_not_null(large);
    cr_expect(is_new);
    cr_expect(is_zero(large, BYTES + 1));
    cr_expect_eq(spare_bytes(&budget), 0, "the two together would be more than the budget");
    shm_budget_give(&budget, large, BYTES + 1);
    cr_expect_eq(spare_bytes(&budget), BYTES + SHM_SPARE_UNIT);
    shm_budget_drop_spare(&budget);
}

Test(budget, only_so_many_pieces_are_kept_and_they_are_the_largest)
{
    enum { COUNT = SHM_SPARE_COUNT + 3 };
    shm_budget budget = {.left = COUNT * BYTES};
    void *pieces[COUNT];
    bool is_new;
    for (int i = 0; i < COUNT; i++) {
        pieces[i] = shm_budget_take(&budget, (uint64_t)(i + 1) * SHM_SPARE_UNIT, &is_new);
        cr_assert_not_null(pieces[i]);
    }
    for (int i = 0; i < COUNT; i += 2) { /* those between are in use: none are neighbours */
        shm_budget_give(&budget, pieces[i], (uint64_t)(i + 1) * SHM_SPARE_UNIT);
    }
    void *largest = shm_budget_take(&budget, COUNT * SHM_SPARE_UNIT, &is_new);
    cr_expect_not(is_new);
    cr_expect_eq(largest, pieces[COUNT - 1]);
    shm_budget_drop_spare(&budget);
}

Test(budget, memory_in_two_pieces_moves_in_one)
{
    shm_budget budget = {.left = 8 * BYTES};
    bool is_new;
    unsigned char *bytes = shm_budget_take(&budget, BYTES, &is_new);
    cr_assert_not_null(bytes);
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (unsigned char)(i * 7);
    }
    bytes = shm_budget_resize(bytes, BYTES, 3 * BYTES);
    cr_assert_not_null(bytes);
    for (size_t i = 0; i < BYTES; i++) {
        cr_assert_eq(bytes[i], (unsigned char)(i * 7));
    }
    cr_expect(is_zero(bytes + BYTES, 2 * BYTES));
    shm_budget_give(&budget, bytes, 3 * BYTES);
    shm_budget_drop_spare(&budget);
}

Test(budget, a_spool_takes_spare_memory_and_leaves_its_own)
{
    static unsigned char piece[1000];
    shm_budget budget = {.left = 64 * MIB};
    shm_spool spool = {.budget = &budget};
    shm_error error;
    bool is_new;
    void *before = shm_budget_take(&budget, SHM_ROOM_SMALL_BYTES, &is_new);
    memset(before, 9, SHM_ROOM_SMALL_BYTES);
    shm_budget_give(&budget, before, SHM_ROOM_SMALL_BYTES);
    for (int i = 0; i < 3000; i++) {
        memset(piece, i % 251, sizeof piece);
        cr_assert_eq(shm_spool_append(&spool, piece, sizeof piece, &error), SHM_OK);
    }
    cr_expect_not(spool.has_file);
    for (int i = 0; i < 3000; i++) {
        const unsigned char *at;
        memset(piece, i % 251, sizeof piece);
        cr_assert_eq(shm_spool_at(&spool, (uint64_t)i * 1000, 1000, &at, &error), SHM_OK);
        cr_assert_eq(memcmp(at, piece, sizeof piece), 0);
    }
    cr_expect_eq(spare_bytes(&budget), 0);
    shm_spool_close(&spool);
    cr_expect_eq(budget.left, 64 * MIB);
    cr_expect_geq(spare_bytes(&budget), 3000000);
    shm_budget_drop_spare(&budget);
}

/* ---- the default ---- */

static char root[] = "/tmp/budget-XXXXXX";

static void write_file(const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    cr_assert_not_null(file, "%s", whole);
    cr_assert_geq(fputs(text, file), 0);
    fclose(file);
}

static void remove_root(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", root);
    cr_expect_eq(system(command), 0);
}

static void say_available(uint64_t kib)
{
    char text[256];
    snprintf(text, sizeof text,
             "MemTotal:       99999999 kB\nMemFree:          123456 kB\n"
             "MemAvailable:   %llu kB\nBuffers:  1 kB\n",
             (unsigned long long)kib);
    write_file("/proc/meminfo", text);
}

Test(budget, the_default_is_a_quarter_of_what_is_available, .fini = remove_root)
{
    cr_assert_not_null(mkdtemp(root));
    cr_expect_eq(shm_budget_default(root), SHM_BUDGET_DEFAULT_LEAST, "nothing can be read");
    say_available(1 << 20);
    cr_expect_eq(shm_budget_default(root), 256 * MIB);
    say_available((1 << 20) + 4);
    cr_expect_eq(shm_budget_default(root), 256 * MIB + 1024);
    say_available((1 << 20) - 4);
    cr_expect_eq(shm_budget_default(root), 256 * MIB);
    say_available(16 << 20);
    cr_expect_eq(shm_budget_default(root), 4096 * MIB);
}

Test(budget, the_default_keeps_to_control_groups, .fini = remove_root)
{
    cr_assert_not_null(mkdtemp(root));
    say_available(64 << 20);
    write_file("/proc/self/cgroup", "0::/outer/inner\n");
    cr_expect_eq(shm_budget_default(root), 16384 * MIB);
    write_file("/sys/fs/cgroup/outer/inner/memory.max", "max\n");
    cr_expect_eq(shm_budget_default(root), 16384 * MIB);
    write_file("/sys/fs/cgroup/outer/memory.max", "8589934592\n");
    cr_expect_eq(shm_budget_default(root), 2048 * MIB, "of a group above");
    write_file("/sys/fs/cgroup/outer/inner/memory.max", "4294967296\n");
    cr_expect_eq(shm_budget_default(root), 1024 * MIB);
    write_file("/sys/fs/cgroup/memory.max", "2147483648\n");
    cr_expect_eq(shm_budget_default(root), 512 * MIB, "of a container, which sees it as the root");
    write_file("/proc/self/cgroup", "0::/\n");
    cr_expect_eq(shm_budget_default(root), 512 * MIB);
    write_file("/proc/self/cgroup", "12:pids:/a\n7:cpu,memory:/a/b\nno line\n");
    cr_expect_eq(shm_budget_default(root), 16384 * MIB);
    write_file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1610612736\n");
    cr_expect_eq(shm_budget_default(root), 384 * MIB);
}
