/* Finds of words that are inlined answer as those of the library do.  A plain program, since it is
 * compiled for other processors, too: with AVX2 and with AVX-512 (options.cmake), and for others
 * than x86 (preset arm64). */
#include <shm/word_index.h>

#include "libshm/hash.h"
#include "tests/support/build.h"
#include "tests/support/plain.h"

enum { ROW_MOST = 70000 };

static int cases;

/* Whether this processor has what the program is compiled for. */
static bool is_able(void)
{
#if defined(__AVX512DQ__)
    return __builtin_cpu_supports("avx512dq") != 0;
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") != 0;
#else
    return true;
#endif
}

static uint64_t key_of(uint64_t i, unsigned spread)
{
    return spread == 64 ? shm_mix64(i, 9) : i << spread;
}

static void check_finds(const shm_index *index, uint64_t count, unsigned spread)
{
    const shm_word_index words = shm_word_index_of(index);
    uint64_t found = 0;
    for (uint64_t i = 0; i < 2 * count + 10; i++) {
        const uint64_t key = key_of(i, spread);
        const uint64_t row = shm_word_index_find(&words, key);
        REQUIRE(row == shm_index_find_word(index, key));
        REQUIRE(row == (i < count ? i : SHM_NO_ROW));
        found += row != SHM_NO_ROW;
    }
    REQUIRE(found == count);
    cases++;
}

/* A word of 0, which is that of an empty slot. */
static void check_zero(const shm_index *index)
{
    const shm_word_index words = shm_word_index_of(index);
    const uint64_t key = shm_unmix64(0, words.seed);
    REQUIRE(shm_word_index_find(&words, key) == shm_index_find_word(index, key));
    cases++;
}

static void check(uint64_t count, unsigned spread)
{
    const shm_schema *schema =
        shm_test_schema("record R { k: u64; } dataset D { r: array<R>; lines: index r by k; "
                        "min: index r by k min; sorted: sorted r by k; }");
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t i = 0; i < count; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, key_of(i, spread));
        shm_test_row_end(builder);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    for (uint32_t form = 1; form <= 3; form++) {
        const shm_index *index = shm_dataset_index(dataset, form);
        REQUIRE((shm_word_index_of(index).lines != NULL) == (form == 1));
        check_finds(index, count, spread);
    }
    check_zero(shm_dataset_index(dataset, 1));
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}

int main(void)
{
    static const uint64_t counts[] = {0, 1, 2, 5, 6, 100, 3000, ROW_MOST};
    static const unsigned spreads[] = {0, 40, 64};
    for (size_t c = 0; is_able() && c < sizeof counts / sizeof counts[0]; c++) {
        for (size_t s = 0; s < sizeof spreads / sizeof spreads[0]; s++) {
            check(counts[c], spreads[s]);
        }
    }
    check_finds(NULL, 0, 0);
    printf("%d passed, 0 failed\n", cases);
    return 0;
}
