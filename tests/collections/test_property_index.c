/* test_property_index.c — whatever the schema and the rows: each index finds the rows that a plain
 * walk over all of them finds.  $SHM_TEST_SEEDS says how many seeds; each failure names its
 * seed. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"
#include "tests/support/random_rows.h"

enum { ROW_LIMIT = 1000, SEED_COUNT = 300, MISS_COUNT = 40 };

/* An index beside the entries that it must have. */
struct subject_index {
    const shm_test_subject *subject;
    const shm_collection *collection;
    const shm_index *index;
    shm_test_entries entries; /* sorted */
    uint64_t key_count;
    bool exact;
};

#define HOLDS(of, condition, ...)                                                                  \
    cr_assert((condition), "seed %" PRIu64 ", %s: %s", (of)->subject->seed,                        \
              (of)->collection->name, __VA_ARGS__)

/* One past the last entry of the key that begins at `start`. */
static size_t key_end(const struct subject_index *of, size_t start)
{
    size_t end = start + 1;
    while (end < of->entries.count &&
           shm_test_entry_order(&of->entries.list[start], &of->entries.list[end]) == 0) {
        end++;
    }
    return end;
}

static shm_row_range find_all(const shm_index *index, const shm_test_entry *entry)
{
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return shm_multi_find_word(index, entry->parts[0].word);
    case SHM_KEY_TEXT:
        return shm_multi_find_text(index, entry->parts[0].text);
    default:
        return shm_multi_find_parts(index, entry->parts);
    }
}

static uint64_t find_one(const shm_index *index, const shm_test_entry *entry)
{
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return shm_index_find_word(index, entry->parts[0].word);
    case SHM_KEY_TEXT:
        return shm_index_find_text(index, entry->parts[0].text);
    default:
        return shm_index_find_parts(index, entry->parts);
    }
}

/* Entries of a placed map have other row numbers than they were put with: those of the
 * walk. */
static void find_places(const struct subject_index *of)
{
    uint64_t cursor = 0;
    shm_value entry;
    shm_value key;
    while (of->collection->placed_width != 0 &&
           shm_dataset_next(of->subject->dataset, of->collection->number, &cursor, &entry)) {
        cr_assert_eq(shm_value_field(&entry, 0, &key), SHM_PRESENT);
        size_t i = 0;
        while (i < of->entries.count && of->entries.list[i].parts[0].word != shm_value_word(&key)) {
            i++;
        }
        HOLDS(of, i < of->entries.count, "the walk meets an entry that was not put");
        of->entries.list[i].row = cursor - 1;
    }
}

/* Takes the rows of a range, which must rise, and counts the entries start .. end - 1 in it. */
static void check_range(const struct subject_index *of, shm_row_range range, size_t start,
                        size_t end)
{
    size_t met = start;
    uint64_t count = 0;
    uint64_t last = 0;
    uint64_t row;
    while (shm_row_range_next(&range, &row)) {
        HOLDS(of, count == 0 || row > last, "rows do not rise");
        last = row;
        count++;
        met += met < end && of->entries.list[met].row == row;
    }
    HOLDS(of, met == end, "a find misses rows");
    HOLDS(of, !of->exact || count == end - start, "a find has too many rows");
}

static void check_finds(const struct subject_index *of)
{
    for (size_t start = 0; start < of->entries.count;) {
        const size_t end = key_end(of, start);
        const shm_test_entry *entry = &of->entries.list[start];
        check_range(of, find_all(of->index, entry), start, end);
        if (of->exact) {
            HOLDS(of, find_one(of->index, entry) == entry->row, "not the first row");
        }
        start = end;
    }
}

/* The walk meets each key once: sorted by their first rows, its ranges are those of the entries. */
static void check_walk(const struct subject_index *of)
{
    uint64_t cursor = 0;
    uint64_t keys = 0;
    uint64_t rows = 0;
    uint64_t sum = 0;
    uint64_t expected_sum = 0;
    shm_row_range range;
    while (shm_index_next(of->index, &cursor, &range)) {
        const uint64_t count = range.count;
        uint64_t row;
        keys++;
        HOLDS(of, count > 0, "a key without rows");
        while (shm_row_range_next(&range, &row)) {
            rows++;
            sum += (row + 1) * count;
        }
    }
    for (size_t start = 0; start < of->entries.count;) {
        const size_t end = key_end(of, start);
        for (size_t i = start; i < end; i++) {
            expected_sum += (of->entries.list[i].row + 1) * (end - start);
        }
        start = end;
    }
    HOLDS(of, rows == shm_index_entry_count(of->index), "the walk meets another number of rows");
    HOLDS(of, shm_index_key_count(of->index) == of->key_count, "another number of keys");
    if (of->exact) {
        HOLDS(of, keys == of->key_count, "the walk meets another number of keys");
        HOLDS(of, rows == of->entries.count, "another number of entries");
        HOLDS(of, sum == expected_sum, "the walk meets other rows");
    }
}

/* What a batch answers for `keys`: as single finds do. */
static void check_batch(const struct subject_index *of, const shm_test_entry *keys, size_t count)
{
    const size_t part_count = shm_index_part_count(of->index);
    uint64_t *words = calloc(count + 1, sizeof *words);
    shm_string *texts = calloc(count + 1, sizeof *texts);
    shm_key_part *parts = calloc(count * part_count + 1, sizeof *parts);
    uint64_t *rows = malloc((count + 1) * sizeof *rows);
    size_t found = 0;
    cr_assert(words != NULL && texts != NULL && parts != NULL && rows != NULL);
    rows[count] = 42;
    for (size_t i = 0; i < count; i++) {
        words[i] = keys[i].parts[0].word;
        texts[i] = keys[i].parts[0].text;
        memcpy(parts + i * part_count, keys[i].parts, part_count * sizeof *parts);
        found += find_one(of->index, &keys[i]) != SHM_NO_ROW;
    }
    const shm_key_form form = shm_index_key_form(of->index);
    const size_t answer = form == SHM_KEY_WORD ? shm_index_find_words(of->index, words, count, rows)
                          : form == SHM_KEY_TEXT
                              ? shm_index_find_texts(of->index, texts, count, rows)
                              : shm_index_find_many_parts(of->index, parts, count, rows);
    HOLDS(of, answer == found, "a batch finds another number");
    HOLDS(of, rows[count] == 42, "a batch writes too much");
    for (size_t i = 0; i < count; i++) {
        HOLDS(of, rows[i] == find_one(of->index, &keys[i]), "a batch finds another row");
    }
    free(words);
    free(texts);
    free(parts);
    free(rows);
}

static bool has_key(const struct subject_index *of, const shm_test_entry *key)
{
    size_t low = 0;
    size_t high = of->entries.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (shm_test_entry_order(&of->entries.list[middle], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < of->entries.count && shm_test_entry_order(&of->entries.list[low], key) == 0;
}

/* Keys of rows that nobody put, among those that are there, one by one and in batches. */
static void check_misses(const struct subject_index *of)
{
    shm_test_model *model = of->subject->model;
    shm_test_entries keys = {0};
    for (unsigned i = 0; i < MISS_COUNT; i++) {
        shm_test_value row;
        model->budget = MISS_COUNT;
        if (shm_test_is_possible(model, of->collection->record)) {
            shm_test_value_make(model, of->collection->record, 0, &row);
            shm_test_entries_add(model, of->collection, &row, 0, &keys);
        }
    }
    for (size_t i = 0; i < keys.count && of->exact; i++) {
        if (!has_key(of, &keys.list[i])) {
            HOLDS(of, find_one(of->index, &keys.list[i]) == SHM_NO_ROW, "finds what is not there");
            HOLDS(of, find_all(of->index, &keys.list[i]).count == 0, "finds rows of no key");
        }
    }
    check_batch(of, of->entries.list, of->entries.count);
    check_batch(of, keys.list, keys.count);
    check_batch(of, keys.list, 0);
    free(keys.list);
}

static void check_index(const shm_test_subject *subject, const shm_collection *collection)
{
    struct subject_index of = {.subject = subject,
                               .collection = collection,
                               .index = shm_dataset_index(subject->dataset, collection->number),
                               .exact = collection->kind != SHM_APPROXIMATE};
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    const shm_test_rows *rows = &subject->model->collections[table->number];
    HOLDS(&of, of.index != NULL, "no index");
    for (uint64_t row = 0; row < rows->count; row++) {
        shm_test_entries_add(subject->model, collection, rows->rows[row], row, &of.entries);
    }
    shm_test_entries_sort(&of.entries);
    find_places(&of);
    for (size_t start = 0; start < of.entries.count; start = key_end(&of, start)) {
        of.key_count++;
    }
    check_finds(&of);
    check_walk(&of);
    check_misses(&of);
    free(of.entries.list);
}

Test(property_index, finds_what_a_walk_over_all_rows_finds)
{
    const uint64_t seeds = shm_test_seed_count(SEED_COUNT);
    for (uint64_t seed = 3000; seed < 3000 + seeds; seed++) {
        shm_test_subject subject;
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        const shm_dataset_type *type = subject.schema->dataset;
        for (size_t i = 0; i < type->collection_count; i++) {
            const shm_collection *collection = &type->collections[i];
            if (collection->kind != SHM_TABLE && collection->kind != SHM_TENSOR_OF) {
                check_index(&subject, collection);
            }
        }
        shm_test_subject_close(&subject);
    }
}

/* ---- the rate of wrong answers ---- */

enum { LARGE_ROWS = 20000, ABSENT_KEYS = 200000 };

static const char rate_schema[] = "record R { id: u64; near: u64; far: u64; name: string; }\n"
                                  "dataset D { rows: array<R>;\n"
                                  "  often: multi rows by id approximate 1/20;\n"
                                  "  seldom: multi rows by id approximate 1/200;\n"
                                  "  near: multi rows by near approximate 1/200;\n"
                                  "  far: multi rows by far approximate 1/200;\n"
                                  "  texts: multi rows by name approximate 1/50;\n"
                                  "  never: multi rows by id approximate 1/4294967296; }\n";

/* Spread over all 64 bits, where neighbours and multiples might meet a weakness of the hash. */
static uint64_t id_of(uint64_t number)
{
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return number ^ (number >> 27);
}

static shm_string name_of(uint64_t number, char text[32])
{
    return shm_string_of(text, (size_t)snprintf(text, 32, "name %" PRIu64, number));
}

static uint64_t near_of(uint64_t number)
{
    return number;
}

static uint64_t far_of(uint64_t number)
{
    return number << 44;
}

/* How often an index of words, or of names without `key_of`, finds rows for absent keys. */
static double wrong_share(const shm_dataset *dataset, const shm_schema *schema, const char *name,
                          uint64_t (*key_of)(uint64_t))
{
    const uint32_t number = shm_test_collection(schema, name);
    const shm_index *index = shm_dataset_index(dataset, number);
    uint64_t wrong = 0;
    char text[32];
    for (uint64_t i = 0; i < ABSENT_KEYS; i++) {
        const uint64_t key = LARGE_ROWS + i;
        const shm_row_range range = key_of == NULL ? shm_multi_find_text(index, name_of(key, text))
                                                   : shm_multi_find_word(index, key_of(key));
        wrong += range.count > 0;
    }
    return (double)wrong / ABSENT_KEYS;
}

Test(property_index, approximate_indexes_are_wrong_about_as_often_as_they_say)
{
    static const struct {
        const char *name;
        double one_in;
        uint64_t (*key_of)(uint64_t);
    } rates[] = {{"often", 20, id_of},
                 {"seldom", 200, id_of},
                 {"near", 200, near_of},
                 {"far", 200, far_of},
                 {"texts", 50, NULL}};
    const shm_schema *schema = shm_test_schema(rate_schema);
    shm_builder *builder = shm_test_builder(schema);
    char text[32];
    for (uint64_t i = 0; i < LARGE_ROWS; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, id_of(i));
        shm_put_uint(builder, near_of(i));
        shm_put_uint(builder, far_of(i));
        shm_put_text(builder, name_of(i, text));
        shm_test_row_end(builder);
    }
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const double share =
            wrong_share(dataset, schema, rates[i].name, rates[i].key_of) * rates[i].one_in;
        /* At most 1/N; small indexes round their size up. */
        cr_expect(share > 0.2 && share < 1.1, "%s: %g of the stated rate", rates[i].name, share);
    }
    cr_expect(wrong_share(dataset, schema, "never", id_of) < 1e-4);
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}
