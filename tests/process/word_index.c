/* Finds of words that are inlined answer as those of the library do.  A plain program, since it is
 * compiled for other processors, too: with AVX2 and with AVX-512 (options.cmake), and for others
 * than x86 (preset arm64). */
#include <shm/word_index.h>

#include <string.h>

#include "collections/dataset/index.h"
#include "libshm/hash.h"
#include "tests/support/build.h"
#include "tests/support/plain.h"

enum { ROW_MOST = 70000 };

/* Collections of the dataset, by number. */
enum { LINES = 1, SEVERAL = 4, END = 6 };

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
    return spread == 64 ? shm_mix64(i + 1, 9) : i << spread;
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
    /* The word of an empty slot: no key of spread ones. */
    REQUIRE(shm_word_index_find(&words, 0) == (count == 0 || spread == 64 ? SHM_NO_ROW : 0));
    cases++;
}

/* Keys whose words are what stands in a line: the 0 of an empty slot, which is the word of the key
 * 0; values, which are none. */
static void check_words(const shm_index *index)
{
    const shm_word_index words = shm_word_index_of(index);
    uint64_t line[8] = {0};
    memcpy(line + SHM_NARROW_SLOTS, (const uint64_t *)(const void *)words.lines + SHM_NARROW_SLOTS,
           (8 - SHM_NARROW_SLOTS) * sizeof line[0]);
    for (size_t i = 0; i < 8; i++) {
        const uint64_t key = shm_unmix64(line[i], words.seed);
        const uint64_t row = shm_word_index_find(&words, key);
        REQUIRE(row == shm_index_find_word(index, key));
        REQUIRE(row == SHM_NO_ROW || key == 0 || words.line_count > 1);
    }
    cases++;
}

/* Indexes that are not asked by their lines. */
static void check_others(const shm_dataset *dataset, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const shm_index *index = shm_dataset_index(dataset, i);
        REQUIRE(index != NULL && shm_word_index_of(index).lines == NULL);
    }
    shm_index wide = *shm_dataset_index(dataset, LINES);
    wide.map.is_wide = true;
    REQUIRE(shm_word_index_of(&wide).lines == NULL);
    cases++;
}

static void check(uint64_t count, unsigned spread)
{
    const shm_schema *schema = shm_test_schema(
        "record R { k: u64; l: u64; } dataset D { r: array<R>; lines: index r by k; "
        "min: index r by k min; sorted: sorted r by k; several: multi r by k; "
        "pairs: index r by k, l; }");
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t i = 0; i < count; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, key_of(i, spread));
        shm_put_uint(builder, i);
        shm_test_row_end(builder);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    REQUIRE(shm_word_index_of(shm_dataset_index(dataset, LINES)).lines != NULL);
    for (uint32_t form = LINES; form < SEVERAL; form++) {
        check_finds(shm_dataset_index(dataset, form), count, spread);
    }
    check_words(shm_dataset_index(dataset, LINES));
    check_others(dataset, LINES + 1, END);
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
