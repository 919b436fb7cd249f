#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "libshm/arena.h"
#include "tests/support/allocation.h"

static bool is_zero(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

Test(arena, objects_are_aligned_zeroed_and_apart)
{
    enum { COUNT = 3000 };
    static unsigned char *objects[COUNT];
    static size_t sizes[COUNT];
    shm_arena arena = {0};
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * 37 % 300 + (i % 100 == 0 ? 40000 : 0) + (i % 70 == 0 ? 3900 : 0);
        objects[i] = shm_arena_alloc(&arena, sizes[i]);
        cr_assert_not_null(objects[i]);
        cr_assert_eq((uintptr_t)objects[i] % 16, 0);
        cr_assert(is_zero(objects[i], sizes[i]));
        memset(objects[i], (int)(i % 255 + 1), sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t at = 0; at < sizes[i]; at++) {
            cr_assert_eq(objects[i][at], i % 255 + 1);
        }
    }
    shm_arena_close(&arena);
}

Test(arena, a_large_object_does_not_waste_the_block_in_use)
{
    shm_arena arena = {0};
    unsigned char *first = shm_arena_alloc(&arena, 16);
    cr_assert_not_null(shm_arena_alloc(&arena, 1 << 20));
    unsigned char *second = shm_arena_alloc(&arena, 16);
    cr_assert_eq(second, first + 16);
    shm_arena_close(&arena);
}

Test(arena, nothing_has_an_address)
{
    shm_arena arena = {0};
    cr_assert_not_null(shm_arena_alloc(&arena, 0));
    cr_assert_not_null(shm_arena_alloc_array(&arena, 0, 8));
    cr_assert_not_null(shm_arena_alloc_array(&arena, SIZE_MAX, 0));
    shm_arena_close(&arena);
}

Test(arena, refuses_what_overflows)
{
    shm_arena arena = {0};
    cr_assert_null(shm_arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(shm_arena_alloc(&arena, SIZE_MAX - 16));
    cr_assert_null(shm_arena_alloc(&arena, PTRDIFF_MAX));
    cr_assert_null(shm_arena_alloc_array(&arena, SIZE_MAX / 8 + 1, 8));
    cr_assert_null(shm_arena_copy_text(&arena, "", SIZE_MAX));
    cr_assert_null(arena.blocks);
}

Test(arena, copies_of_text_end_with_a_nul)
{
    shm_arena arena = {0};
    const char text[] = {'a', '\0', 'b'};
    const char *copy = shm_arena_copy_text(&arena, text, sizeof text);
    cr_assert_arr_eq(copy, "a\0b", 4);
    cr_assert_str_eq(shm_arena_copy_text(&arena, NULL, 0), "");
    shm_arena_close(&arena);
}

Test(arena, is_empty_and_usable_after_close)
{
    shm_arena arena = {0};
    shm_arena_close(&arena);
    cr_assert_not_null(shm_arena_alloc(&arena, 100));
    shm_arena_close(&arena);
    cr_assert_null(arena.blocks);
    cr_assert_eq(arena.left, 0);
    cr_assert_not_null(shm_arena_alloc(&arena, 100));
    shm_arena_close(&arena);
}

/* Allocates like a small parser; false if memory was short. */
static bool allocate_some(shm_arena *arena)
{
    for (size_t i = 0; i < 100; i++) {
        if (shm_arena_alloc(arena, 1000) == NULL || shm_arena_alloc(arena, i * 100) == NULL ||
            shm_arena_copy_text(arena, "some text", 9) == NULL) {
            return false;
        }
    }
    return true;
}

Test(arena, survives_the_failure_of_each_allocation)
{
    uint64_t nth = 0;
    for (;; nth++) {
        shm_arena arena = {0};
        shm_test_fail_allocation(nth);
        const bool enough = allocate_some(&arena);
        const bool failed = shm_test_allow_allocations();
        cr_assert_eq(enough, !failed);
        /* What failed once may be tried again. */
        cr_assert(allocate_some(&arena));
        shm_arena_close(&arena);
        if (!failed) {
            break;
        }
    }
    cr_assert_gt(nth, 10);
}
