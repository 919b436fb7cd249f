/* test_property_sorted.c — whatever the schema and the rows: ranges and prefixes of a sorted index
 * are the rows that comparing every key by hand finds, in order.  $SHM_TEST_SEEDS says how many
 * seeds; each failure names its seed. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"
#include "tests/support/random_rows.h"

enum { ROW_LIMIT = 400, SEED_COUNT = 150, PROBE_COUNT = 60, LEAVES_MAX = 256 };

/* A sorted index beside its entries, which are in order. */
struct order {
    const shm_test_subject *subject;
    const shm_collection *collection;
    const shm_index *index;
    shm_kind kinds[LEAVES_MAX];
    size_t leaf_count;
    shm_test_entries entries;
};

#define HOLDS(of, condition, ...)                                                                  \
    cr_assert((condition), "seed %" PRIu64 ", %s: %s", (of)->subject->seed,                        \
              (of)->collection->name, __VA_ARGS__)

/* What is sought: `count` parts; the last may go on if `open`. */
struct probe {
    shm_key_part parts[LEAVES_MAX];
    size_t count;
    bool open;
};

static void add_kinds(struct order *of, const shm_type *type)
{
    if (type->kind != SHM_STRUCT) {
        cr_assert(of->leaf_count < LEAVES_MAX);
        of->kinds[of->leaf_count++] = type->kind == SHM_ENUM ? type->element->kind : type->kind;
        return;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        add_kinds(of, type->fields[i].type);
    }
}

static void find_kinds(struct order *of)
{
    for (size_t i = 0; i < of->collection->key_count; i++) {
        const shm_key_path *path = &of->collection->key[i];
        const shm_type *type = path->steps[path->step_count - 1]->type;
        while (type->kind == SHM_OPTIONAL || type->kind == SHM_LIST || type->kind == SHM_SET) {
            type = type->element;
        }
        add_kinds(of, type);
    }
}

static int compare_floats(uint64_t a, uint64_t b)
{
    double x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    if (x != x || y != y) {
        return (x != x) - (y != y);
    }
    return (x > y) - (x < y);
}

static int compare_part(shm_kind kind, const shm_key_part *key, const shm_key_part *probe,
                        bool open)
{
    if (kind == SHM_STRING || kind == SHM_BYTES || kind == SHM_UUID) {
        size_t i = 0;
        while (i < key->text.length && i < probe->text.length &&
               key->text.data[i] == probe->text.data[i]) {
            i++;
        }
        if (i < key->text.length && i < probe->text.length) {
            return (unsigned char)key->text.data[i] < (unsigned char)probe->text.data[i] ? -1 : 1;
        }
        return i < probe->text.length ? -1 : i < key->text.length && !open ? 1 : 0;
    }
    if (kind == SHM_F32 || kind == SHM_F64) {
        return compare_floats(key->word, probe->word);
    }
    if ((kind >= SHM_I8 && kind <= SHM_I64) || kind == SHM_DATE || kind == SHM_DATETIME) {
        const int64_t a = (int64_t)key->word, b = (int64_t)probe->word;
        return (a > b) - (a < b);
    }
    return (key->word > probe->word) - (key->word < probe->word);
}

static int compare(const struct order *of, const shm_test_entry *entry, const struct probe *probe)
{
    int order = 0;
    for (size_t i = 0; i < probe->count && order == 0; i++) {
        order = compare_part(of->kinds[i], &entry->parts[i], &probe->parts[i],
                             probe->open && i + 1 == probe->count);
    }
    return order;
}

static int compare_entries(const struct order *of, const shm_test_entry *a, const shm_test_entry *b)
{
    struct probe probe = {.count = of->leaf_count};
    memcpy(probe.parts, b->parts, of->leaf_count * sizeof *b->parts);
    const int order = compare(of, a, &probe);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

/* Few enough for the simplest sort that cannot be wrong. */
static void sort(struct order *of)
{
    for (size_t i = 1; i < of->entries.count; i++) {
        const shm_test_entry entry = of->entries.list[i];
        size_t at = i;
        while (at > 0 && compare_entries(of, &entry, &of->entries.list[at - 1]) < 0) {
            of->entries.list[at] = of->entries.list[at - 1];
            at--;
        }
        of->entries.list[at] = entry;
    }
}

/* The keys of the next entries are told where keys are words, and the range does not move. */
static void check_keys(const struct order *of, const shm_row_range *range, size_t first)
{
    enum { SOME = 5 };
    uint64_t keys[SOME];
    const shm_row_range before = *range;
    const bool are_words = of->leaf_count == 1 && of->entries.count > 0 &&
                           of->entries.list[0].parts[0].text.data == NULL;
    const size_t there = range->count < SOME ? (size_t)range->count : SOME;
    const size_t told = shm_sorted_keys(of->index, range, keys, SOME);
    HOLDS(of, told == (are_words ? there : 0), "how many keys");
    HOLDS(of, range->at == before.at && range->count == before.count, "a range that stays");
    for (size_t i = 0; i < told; i++) {
        HOLDS(of, keys[i] == of->entries.list[first + i].parts[0].word, "a key");
    }
}

/* The range must be the entries from `first` up to `end`, in their order. */
static void check_range(const struct order *of, shm_row_range range, size_t first, size_t end,
                        const char *what)
{
    end = end < first ? first : end;
    HOLDS(of, range.count == end - first, what);
    check_keys(of, &range, first);
    for (size_t i = first; i < end; i++) {
        uint64_t row;
        if (i % 16 == 0) {
            check_keys(of, &range, i);
        }
        HOLDS(of, shm_row_range_next(&range, &row), what);
        HOLDS(of, row == of->entries.list[i].row, what);
    }
}

/* How many entries are below the probe, or not above it. */
static size_t count_below(const struct order *of, const struct probe *probe, bool or_equal)
{
    size_t count = 0;
    while (count < of->entries.count) {
        const int order = compare(of, &of->entries.list[count], probe);
        if (order > 0 || (order == 0 && !or_equal)) {
            break;
        }
        count++;
    }
    return count;
}

/* The key of an entry, mostly changed a little, with some of its parts. */
static void make_probe(const struct order *of, struct probe *probe)
{
    shm_test_model *model = of->subject->model;
    const shm_test_entry *entry = &of->entries.list[shm_test_below(model, of->entries.count)];
    memcpy(probe->parts, entry->parts, of->leaf_count * sizeof *entry->parts);
    probe->count = shm_test_below(model, 2) == 0
                       ? of->leaf_count
                       : (size_t)shm_test_below(model, of->leaf_count + 1);
    probe->open = false;
    if (probe->count == 0) {
        return;
    }
    shm_key_part *last = &probe->parts[probe->count - 1];
    if (last->text.data != NULL && of->kinds[probe->count - 1] != SHM_UUID) {
        if (shm_test_below(model, 2) == 0) {
            last->text.length = (size_t)shm_test_below(model, last->text.length + 1);
        }
    } else if (last->text.data == NULL && shm_test_below(model, 2) == 0 &&
               of->kinds[probe->count - 1] != SHM_F32 && of->kinds[probe->count - 1] != SHM_F64) {
        last->word += shm_test_below(model, 5) - 2;
    }
}

/* A find of a whole key answers the first of its rows. */
static void check_first(const struct order *of, const struct probe *probe, size_t first)
{
    uint64_t row = SHM_NO_ROW;
    switch (shm_index_key_form(of->index)) {
    case SHM_KEY_WORD:
        row = shm_index_find_word(of->index, probe->parts[0].word);
        break;
    case SHM_KEY_TEXT:
        row = shm_index_find_text(of->index, probe->parts[0].text);
        break;
    case SHM_KEY_PARTS:
        row = shm_index_find_parts(of->index, probe->parts);
        break;
    }
    const bool is_there = count_below(of, probe, true) > first;
    HOLDS(of, row == (is_there ? of->entries.list[first].row : SHM_NO_ROW), "the first row");
}

static void check_probes(const struct order *of)
{
    for (size_t i = 0; i < PROBE_COUNT && of->entries.count > 0; i++) {
        struct probe from, to;
        make_probe(of, &from);
        make_probe(of, &to);
        const size_t first = count_below(of, &from, false);
        const size_t end = count_below(of, &to, false);
        check_range(of, shm_sorted_range(of->index, from.parts, from.count, to.parts, to.count),
                    first, end, "a range from and to");
        check_range(of, shm_sorted_range(of->index, from.parts, from.count, NULL, 0), first,
                    of->entries.count, "a range from");
        check_range(of, shm_sorted_range(of->index, NULL, 0, to.parts, to.count), 0, end,
                    "a range to");
        check_range(of, shm_sorted_find_parts(of->index, from.parts, from.count), first,
                    count_below(of, &from, true), "a find");
        if (from.count == of->leaf_count) {
            check_first(of, &from, first);
        }
        from.open = true;
        check_range(of, shm_sorted_prefix(of->index, from.parts, from.count),
                    count_below(of, &from, false), count_below(of, &from, true), "a prefix");
    }
}

/* The walk meets all entries in order. */
static void check_walk(const struct order *of)
{
    uint64_t cursor = 0;
    size_t met = 0;
    shm_row_range range;
    while (shm_index_next(of->index, &cursor, &range)) {
        HOLDS(of, range.count > 0 && range.count <= of->entries.count - met, "a walk");
        check_range(of, range, met, met + (size_t)range.count, "a walk");
        met += (size_t)range.count;
    }
    HOLDS(of, met == of->entries.count, "the end of a walk");
    check_range(of, shm_sorted_range(of->index, NULL, 0, NULL, 0), 0, met, "all");
}

static void check_order(const shm_test_subject *subject, const shm_collection *collection)
{
    struct order of = {.subject = subject,
                       .collection = collection,
                       .index = shm_dataset_index(subject->dataset, collection->number)};
    const shm_test_rows *rows = &subject->model->collections[collection->table->number];
    find_kinds(&of);
    for (uint64_t row = 0; row < rows->count; row++) {
        shm_test_entries_add(subject->model, collection, rows->rows[row], row, &of.entries);
    }
    shm_test_entries_sort(&of.entries); /* drops repeated ones */
    sort(&of);
    check_walk(&of);
    check_probes(&of);
    free(of.entries.list);
}

Test(property_sorted, ranges_are_what_comparing_all_keys_finds)
{
    const uint64_t seeds = shm_test_seed_count(SEED_COUNT);
    size_t checked = 0;
    for (uint64_t seed = 7000; seed < 7000 + seeds; seed++) {
        shm_test_subject subject;
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        const shm_dataset_type *type = subject.schema->dataset;
        for (size_t i = 0; i < type->collection_count; i++) {
            if (type->collections[i].kind == SHM_SORTED) {
                check_order(&subject, &type->collections[i]);
                checked++;
            }
        }
        shm_test_subject_close(&subject);
    }
    cr_assert(checked >= seeds / 10, "hardly any schema has a sorted index");
}
