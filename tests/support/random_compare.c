/* random_compare.c — what is read, beside what the model says. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/random_rows.h"

struct comparison {
    char path[512];
    size_t length;
    char *why;
    size_t size;
};

static bool differs(struct comparison *comparison, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool differs(struct comparison *comparison, const char *format, ...)
{
    const int path = snprintf(comparison->why, comparison->size, "%s: ", comparison->path);
    if (path > 0 && (size_t)path < comparison->size) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(comparison->why + path, comparison->size - (size_t)path, format, arguments);
        va_end(arguments);
    }
    return false;
}

/* Goes inside; the answer is what leave() takes. */
static size_t enter(struct comparison *comparison, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static size_t enter(struct comparison *comparison, const char *format, ...)
{
    const size_t before = comparison->length;
    const size_t room = sizeof comparison->path - before;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(comparison->path + before, room, format, arguments);
    va_end(arguments);
    comparison->length += length > 0 && (size_t)length < room ? (size_t)length : 0;
    return before;
}

static void leave(struct comparison *comparison, size_t before)
{
    comparison->length = before;
    comparison->path[before] = '\0';
}

static bool compare(struct comparison *comparison, const shm_test_value *expected,
                    shm_presence presence, const shm_value *actual);

static bool compare_text(struct comparison *comparison, const shm_test_value *expected,
                         const shm_value *actual)
{
    const shm_string text = shm_value_text(actual);
    if (!shm_string_equal(text, expected->text)) {
        return differs(comparison, "%zu bytes of text, not the expected %zu", text.length,
                       expected->text.length);
    }
    return text.data[text.length] == '\0' || differs(comparison, "no NUL behind the text");
}

static bool compare_float(struct comparison *comparison, const shm_test_value *expected,
                          const shm_value *actual)
{
    const uint64_t nan = UINT64_C(0x7ff8000000000000); /* the one that fields hold */
    const double number = shm_value_float(actual);
    const bool is_nan = expected->number != expected->number;
    return memcmp(&number, is_nan ? (const void *)&nan : &expected->number, sizeof number) == 0 ||
           differs(comparison, "%.17g, not %.17g", number, expected->number);
}

/* Whether the elements are the same; any NaN is like another. */
static bool elements_are(const void *a, const void *b, uint64_t count, const shm_type *element)
{
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *x = (const unsigned char *)a + i * element->size;
        const unsigned char *y = (const unsigned char *)b + i * element->size;
        double numbers[2] = {0};
        float narrow[2] = {0};
        if (element->kind == SHM_F64) {
            memcpy(&numbers[0], x, 8);
            memcpy(&numbers[1], y, 8);
        } else if (element->kind == SHM_F32) {
            memcpy(&narrow[0], x, 4);
            memcpy(&narrow[1], y, 4);
            numbers[0] = (double)narrow[0];
            numbers[1] = (double)narrow[1];
        }
        const bool are_nan = numbers[0] != numbers[0] && numbers[1] != numbers[1];
        if (!are_nan && memcmp(x, y, (size_t)element->size) != 0) {
            return false;
        }
    }
    return true;
}

static bool compare_tensor(struct comparison *comparison, const shm_test_value *expected,
                           const shm_tensor *tensor, const shm_type *element)
{
    static const uint64_t none = 0;
    const uint64_t *shape = tensor->shape == NULL ? &none : tensor->shape;
    if (tensor->ndim != expected->ndim) {
        return differs(comparison, "%zu dimensions, not %zu", tensor->ndim, expected->ndim);
    }
    for (size_t i = 0; i < tensor->ndim; i++) {
        if (shape[i] != expected->shape[i]) {
            return differs(comparison, "another extent %zu", i);
        }
    }
    return (tensor->count * element->size == expected->text.length &&
            elements_are(tensor->data, expected->text.data, tensor->count, element)) ||
           differs(comparison, "other elements");
}

static bool compare_time(struct comparison *comparison, const shm_test_value *expected,
                         const shm_value *actual)
{
    const shm_datetime datetime = shm_value_datetime(actual);
    return (datetime.micros == expected->datetime.micros &&
            datetime.zone_given == expected->datetime.zone_given &&
            datetime.zone_minutes == expected->datetime.zone_minutes) ||
           differs(comparison, "%lld micros, not %lld, or another zone", (long long)datetime.micros,
                   (long long)expected->datetime.micros);
}

static bool compare_fields(struct comparison *comparison, const shm_test_value *expected,
                           const shm_value *actual)
{
    for (size_t i = 0; i < expected->count; i++) {
        const char *name = expected->type->fields[i].name;
        const size_t before =
            name == NULL ? enter(comparison, ".%zu", i) : enter(comparison, ".%s", name);
        shm_value inner;
        const shm_presence presence = shm_value_field(actual, i, &inner);
        if (!compare(comparison, &expected->items[i], presence, &inner)) {
            return false;
        }
        leave(comparison, before);
    }
    return true;
}

static bool compare_items(struct comparison *comparison, const shm_test_value *expected,
                          const shm_value *actual)
{
    const uint64_t count = shm_value_count(actual);
    if (count != expected->count) {
        return differs(comparison, "%llu elements, not %zu", (unsigned long long)count,
                       expected->count);
    }
    for (uint64_t i = 0; i < count; i++) {
        const size_t before = enter(comparison, "[%llu]", (unsigned long long)i);
        shm_value inner;
        if (expected->keys != NULL) {
            const size_t inside = enter(comparison, "(key)");
            shm_value_dict_key(actual, i, &inner);
            if (!compare(comparison, &expected->keys[i], SHM_PRESENT, &inner)) {
                return false;
            }
            leave(comparison, inside);
        }
        const shm_presence presence = shm_value_item(actual, i, &inner);
        if (!compare(comparison, &expected->items[i], presence, &inner)) {
            return false;
        }
        leave(comparison, before);
    }
    return true;
}

static bool compare_word(struct comparison *comparison, const shm_test_value *expected,
                         const shm_value *actual)
{
    const uint64_t word = shm_value_word(actual);
    if (word != expected->word) {
        return differs(comparison, "%llx, not %llx", (unsigned long long)word,
                       (unsigned long long)expected->word);
    }
    if (expected->type->kind == SHM_DATE) {
        return shm_value_date(actual).days == (int32_t)(int64_t)word ||
               differs(comparison, "another day");
    }
    return expected->type->kind != SHM_ENUM || shm_value_enum_name(actual) != NULL ||
           differs(comparison, "no name");
}

static bool compare_present(struct comparison *comparison, const shm_test_value *expected,
                            const shm_value *actual)
{
    switch (expected->type->kind) {
    case SHM_F32:
    case SHM_F64:
        return compare_float(comparison, expected, actual);
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
    case SHM_ANY:
        return compare_text(comparison, expected, actual);
    case SHM_DATETIME:
        return compare_time(comparison, expected, actual);
    case SHM_UUID: {
        const shm_uuid uuid = shm_value_uuid(actual);
        return memcmp(&uuid, &expected->uuid, sizeof uuid) == 0 ||
               differs(comparison, "another uuid");
    }
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        return compare_fields(comparison, expected, actual);
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_ARRAY:
        return compare_items(comparison, expected, actual);
    case SHM_TENSOR: {
        const shm_tensor tensor = shm_value_tensor(actual);
        return compare_tensor(comparison, expected, &tensor, expected->type->element);
    }
    default:
        return compare_word(comparison, expected, actual);
    }
}

static bool compare(struct comparison *comparison, const shm_test_value *expected,
                    shm_presence presence, const shm_value *actual)
{
    if (presence != expected->presence) {
        return differs(comparison, "presence %d, not %d", (int)presence, (int)expected->presence);
    }
    return presence != SHM_PRESENT || compare_present(comparison, expected, actual);
}

/* Entries of a placed map stand anywhere: the walk must meet each once. */
static bool compare_placed(struct comparison *comparison, const shm_test_rows *rows,
                           const shm_dataset *dataset)
{
    const uint32_t number = rows->collection->number;
    uint64_t cursor = 0;
    uint64_t count = 0;
    shm_value entry;
    shm_value key;
    while (shm_dataset_next(dataset, number, &cursor, &entry)) {
        (void)shm_value_field(&entry, 0, &key); /* keys are there */
        uint64_t i = 0;
        while (i < rows->count && rows->rows[i]->items[0].word != shm_value_word(&key)) {
            i++;
        }
        const size_t before = enter(comparison, "[%llu]", (unsigned long long)i);
        if (i == rows->count) {
            return differs(comparison, "an entry that was not put");
        }
        if (!compare(comparison, rows->rows[i], SHM_PRESENT, &entry)) {
            return false;
        }
        leave(comparison, before);
        count++;
    }
    return count == rows->count || differs(comparison, "another number of entries");
}

static bool compare_rows(struct comparison *comparison, const shm_test_rows *rows,
                         const shm_dataset *dataset)
{
    const uint32_t number = rows->collection->number;
    const shm_table table = shm_dataset_table(dataset, number);
    shm_value row;
    if (rows->collection->placed_width != 0) {
        return compare_placed(comparison, rows, dataset);
    }
    if (table.count != rows->count) {
        return differs(comparison, "%llu rows, not %llu", (unsigned long long)table.count,
                       (unsigned long long)rows->count);
    }
    for (uint64_t i = 0; i < rows->count; i++) {
        const size_t before = enter(comparison, "[%llu]", (unsigned long long)i);
        if (!shm_dataset_row(dataset, number, i, &row)) {
            return differs(comparison, "no such row");
        }
        if (row.at != shm_table_at(&table, i) || shm_table_row_number(&table, row.at) != i) {
            return differs(comparison, "a row of another place");
        }
        if (!compare(comparison, rows->rows[i], SHM_PRESENT, &row)) {
            return false;
        }
        leave(comparison, before);
    }
    return !shm_dataset_row(dataset, number, rows->count, &row) ||
           differs(comparison, "a row past the end");
}

bool shm_test_value_is(const shm_test_value *expected, shm_presence presence,
                       const shm_value *actual, char *why, size_t size)
{
    struct comparison comparison = {.why = why, .size = size};
    return compare(&comparison, expected, presence, actual);
}

bool shm_test_model_is(const shm_test_model *model, const shm_dataset *dataset, char *why,
                       size_t size)
{
    struct comparison comparison = {.why = why, .size = size};
    const shm_dataset_type *type = model->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_test_rows *rows = &model->collections[i];
        const size_t before = enter(&comparison, "%s", type->collections[i].name);
        shm_tensor tensor;
        if (shm_dataset_tensor(dataset, (uint32_t)i, &tensor) != (rows->tensor != NULL)) {
            return differs(&comparison, "a tensor or not");
        }
        if (rows->tensor != NULL) {
            if (!compare_tensor(&comparison, rows->tensor, &tensor, rows->collection->element)) {
                return false;
            }
        } else if (rows->collection->table == NULL && !compare_rows(&comparison, rows, dataset)) {
            return false;
        }
        leave(&comparison, before);
    }
    return true;
}
