/* test_any.c — values typed at run time: what is written reads back, and only that is valid. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>

#include "tests/support/allocation.h"

static shm_any_writer *begin(void)
{
    shm_any_writer *writer = shm_any_writer_open();
    cr_assert_not_null(writer);
    shm_any_begin(writer);
    return writer;
}

static shm_bytes end(shm_any_writer *writer)
{
    shm_bytes bytes;
    shm_error error;
    cr_assert_eq(shm_any_end(writer, &bytes, &error), SHM_OK, "%s", error.text);
    return bytes;
}

static void expect_failure(shm_any_writer *writer, shm_status status, const char *text)
{
    shm_bytes bytes = {0};
    shm_error error;
    cr_expect_eq(shm_any_end(writer, &bytes, &error), status);
    cr_expect_str_eq(error.text, text);
    cr_expect_null(bytes.data);
}

static bool valid(const void *bytes, size_t length)
{
    /* On the heap, so that reading past the end is seen. */
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    const bool answer = shm_any_valid(shm_bytes_of(copy, length), NULL);
    free(copy);
    return answer;
}

Test(any, scalars_read_back)
{
    const shm_datetime moment = {.micros = -5, .zone_minutes = -90, .zone_given = 1};
    shm_any_writer *writer = begin();
    shm_any_put_begin(writer, SHM_ANY_LIST);
    shm_any_put_null(writer);
    shm_any_put_bool(writer, true);
    shm_any_put_bool(writer, false);
    shm_any_put_int(writer, INT64_MIN);
    shm_any_put_uint(writer, UINT64_MAX);
    shm_any_put_float(writer, -0.0);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("h\xc3\xa9"));
    shm_any_put_text(writer, SHM_ANY_BYTES, SHM_STR("\xff\x00"));
    shm_any_put_text(writer, SHM_ANY_DECIMAL, SHM_STR("0.10"));
    shm_any_put_date(writer, (shm_date){-1});
    shm_any_put_datetime(writer, moment);
    shm_any_put_uuid(writer, (shm_uuid){{1, 2, 3}});
    shm_any_put_end(writer);
    const shm_bytes bytes = end(writer);
    uint64_t nodes = 0;
    cr_assert(shm_any_valid(bytes, &nodes));
    cr_assert_eq(nodes, 13);

    const shm_any list = shm_any_at(bytes);
    cr_assert_eq(list.kind, SHM_ANY_LIST);
    cr_assert_eq(list.count, 12);
    cr_assert_eq(list.end, bytes.data + bytes.length);
    shm_any item = shm_any_next(list.inner);
    cr_expect_eq(item.kind, SHM_ANY_NULL);
    item = shm_any_next(item.end);
    cr_expect_eq(item.kind, SHM_ANY_TRUE);
    item = shm_any_next(item.end);
    cr_expect_eq(item.kind, SHM_ANY_FALSE);
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_INT && item.u.integer == INT64_MIN);
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_UINT && item.u.uinteger == UINT64_MAX);
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_FLOAT && item.u.number == 0 && signbit(item.u.number));
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_STRING && shm_string_equal(item.u.text, SHM_STR("h\xc3\xa9")));
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_BYTES && shm_string_equal(item.u.text, SHM_STR("\xff\x00")));
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_DECIMAL && shm_string_equal(item.u.text, SHM_STR("0.10")));
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_DATE && item.u.date.days == -1);
    item = shm_any_next(item.end);
    cr_expect_eq(item.kind, SHM_ANY_DATETIME);
    cr_expect_eq(memcmp(&item.u.datetime, &moment, sizeof moment), 0);
    item = shm_any_next(item.end);
    cr_expect(item.kind == SHM_ANY_UUID && item.u.uuid.bytes[2] == 3);
    cr_expect_eq(item.end, list.end);
    shm_any_writer_close(writer);
}

Test(any, null_is_no_bytes)
{
    shm_any_writer *writer = begin();
    shm_any_put_null(writer);
    const shm_bytes bytes = end(writer);
    cr_assert_eq(bytes.length, 0);
    cr_assert_not_null(bytes.data);
    cr_expect(shm_any_valid(bytes, NULL));
    cr_expect_eq(shm_any_at(bytes).kind, SHM_ANY_NULL);
    cr_expect_not(valid("\0", 1));
    shm_any_writer_close(writer);
}

Test(any, an_integer_has_one_form)
{
    shm_any_writer *writer = begin();
    shm_any_put_uint(writer, 7);
    shm_bytes bytes = end(writer);
    cr_expect_eq(bytes.data[0], SHM_ANY_INT);
    shm_any_begin(writer);
    shm_any_put_uint(writer, (uint64_t)INT64_MAX);
    bytes = end(writer);
    cr_expect_eq(bytes.data[0], SHM_ANY_INT);
    shm_any_begin(writer);
    shm_any_put_uint(writer, (uint64_t)INT64_MAX + 1);
    bytes = end(writer);
    cr_expect_eq(bytes.data[0], SHM_ANY_UINT);
    shm_any_writer_close(writer);
    cr_expect_not(valid("\4\7\0\0\0\0\0\0\0", 9));
}

Test(any, a_nan_has_one_form)
{
    shm_any_writer *writer = begin();
    shm_any_put_float(writer, -NAN);
    const shm_bytes bytes = end(writer);
    cr_expect_eq(memcmp(bytes.data, "\5\0\0\0\0\0\0\xf8\x7f", 9), 0);
    shm_any_writer_close(writer);
    cr_expect(valid("\5\0\0\0\0\0\0\xf8\x7f", 9));
    cr_expect_not(valid("\5\1\0\0\0\0\0\xf8\x7f", 9));
    cr_expect_not(valid("\5\0\0\0\0\0\0\xf8\xff", 9));
}

Test(any, sets_are_sorted_and_elements_count_once)
{
    shm_any_writer *writer = begin();
    shm_any_put_begin(writer, SHM_ANY_SET);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("b"));
    shm_any_put_float(writer, NAN);
    shm_any_put_float(writer, 1.0);
    shm_any_put_int(writer, 1);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("ab"));
    shm_any_put_int(writer, 1);
    shm_any_put_float(writer, NAN);
    shm_any_put_float(writer, -0.0);
    shm_any_put_float(writer, 0.0);
    shm_any_put_end(writer);
    const shm_bytes bytes = end(writer);
    cr_assert(shm_any_valid(bytes, NULL));
    const shm_any set = shm_any_at(bytes);
    cr_assert_eq(set.count, 6);
    const shm_any_kind kinds[] = {SHM_ANY_INT,   SHM_ANY_FLOAT,  SHM_ANY_FLOAT,
                                  SHM_ANY_FLOAT, SHM_ANY_STRING, SHM_ANY_STRING};
    shm_any item = {.end = set.inner};
    for (size_t i = 0; i < 6; i++) {
        item = shm_any_next(item.end);
        cr_expect_eq(item.kind, kinds[i]);
        if (i == 1) {
            cr_expect(signbit(item.u.number), "the first of equal elements stays");
        }
    }
    cr_expect(shm_string_equal(item.u.text, SHM_STR("b")));
    shm_any_writer_close(writer);
}

Test(any, dicts_are_sorted_by_key)
{
    shm_any_writer *writer = begin();
    shm_any_put_begin(writer, SHM_ANY_DICT);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("z"));
    shm_any_put_begin(writer, SHM_ANY_LIST);
    shm_any_put_int(writer, 5);
    shm_any_put_end(writer);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("a"));
    shm_any_put_null(writer);
    shm_any_put_end(writer);
    const shm_bytes bytes = end(writer);
    cr_assert(shm_any_valid(bytes, NULL));
    const shm_any dict = shm_any_at(bytes);
    cr_assert_eq(dict.count, 2);
    shm_any item = shm_any_next(dict.inner);
    cr_expect(shm_string_equal(item.u.text, SHM_STR("a")));
    item = shm_any_next(item.end);
    cr_expect_eq(item.kind, SHM_ANY_NULL);
    item = shm_any_next(item.end);
    cr_expect(shm_string_equal(item.u.text, SHM_STR("z")));
    item = shm_any_next(item.end);
    cr_expect_eq(item.kind, SHM_ANY_LIST);
    shm_any_writer_close(writer);
}

Test(any, what_cannot_be_put_fails_at_the_end)
{
    shm_any_writer *writer = begin();
    expect_failure(writer, SHM_INVALID, "no value was put");
    shm_any_begin(writer);
    shm_any_put_int(writer, 1);
    shm_any_put_int(writer, 2);
    expect_failure(writer, SHM_INVALID, "more than one value was put");
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_LIST);
    expect_failure(writer, SHM_INVALID, "a list, tuple, set or dict is not ended");
    shm_any_begin(writer);
    shm_any_put_end(writer);
    expect_failure(writer, SHM_INVALID, "an end without its begin");
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_INT);
    expect_failure(writer, SHM_INVALID, "only lists, tuples, sets and dicts hold other values");
    shm_any_begin(writer);
    shm_any_put_text(writer, SHM_ANY_LIST, SHM_STR("x"));
    expect_failure(writer, SHM_INVALID, "only strings, bytes and decimals are texts");
    shm_any_begin(writer);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("\xff"));
    expect_failure(writer, SHM_INVALID, "a string is not valid UTF-8");
    shm_any_begin(writer);
    shm_any_put_text(writer, SHM_ANY_DECIMAL, SHM_STR("1,5"));
    expect_failure(writer, SHM_INVALID, "a decimal is not a number");
    shm_any_begin(writer);
    shm_any_put_date(writer, (shm_date){INT32_MAX});
    expect_failure(writer, SHM_INVALID, "a date is not in the years 1 to 9999");
    shm_any_begin(writer);
    shm_any_put_datetime(writer, (shm_datetime){.micros = INT64_MAX});
    expect_failure(writer, SHM_INVALID,
                   "a datetime is not in the years 1 to 9999, or its zone is wrong");
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_DICT);
    shm_any_put_int(writer, 1);
    shm_any_put_end(writer);
    expect_failure(writer, SHM_INVALID, "a dict ends with a key that has no value");
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_DICT);
    shm_any_put_int(writer, 1);
    shm_any_put_null(writer);
    shm_any_put_int(writer, 1);
    shm_any_put_null(writer);
    shm_any_put_end(writer);
    expect_failure(writer, SHM_INVALID, "a dict has a key twice");
    shm_any_begin(writer);
    shm_any_put_bool(writer, true);
    cr_expect_eq(end(writer).length, 1, "a new value forgets the failure");
    shm_any_writer_close(writer);
}

static void put_nested(shm_any_writer *writer, size_t depth)
{
    shm_any_begin(writer);
    for (size_t i = 0; i < depth; i++) {
        shm_any_put_begin(writer, SHM_ANY_SET);
    }
    shm_any_put_int(writer, 1);
    for (size_t i = 0; i < depth; i++) {
        shm_any_put_end(writer);
    }
}

Test(any, depth_has_a_limit)
{
    shm_any_writer *writer = begin();
    put_nested(writer, SHM_ANY_DEPTH_MAX - 1);
    cr_expect(shm_any_valid(end(writer), NULL));
    put_nested(writer, SHM_ANY_DEPTH_MAX);
    const shm_bytes deepest = end(writer);
    cr_expect(shm_any_valid(deepest, NULL));
    uint8_t *deeper = malloc(deepest.length + 7);
    /* One container more around it: tag, count 1, length in two LEB128 bytes. */
    deeper[0] = SHM_ANY_LIST;
    deeper[1] = 1;
    deeper[2] = (uint8_t)(deepest.length | 0x80);
    deeper[3] = (uint8_t)(deepest.length >> 7);
    cr_assert_lt(deepest.length, 1 << 14);
    memcpy(deeper + 4, deepest.data, deepest.length);
    cr_expect_not(shm_any_valid(shm_bytes_of(deeper, deepest.length + 4), NULL));
    free(deeper);
    put_nested(writer, SHM_ANY_DEPTH_MAX + 1);
    expect_failure(writer, SHM_LIMIT, "values are nested more than 1000 deep");
    shm_any_writer_close(writer);
}

Test(any, malformed_bytes_are_not_valid)
{
    cr_expect_not(valid("\x10", 1), "no such tag");
    cr_expect_not(valid("\1\1", 2), "two values");
    cr_expect_not(valid("\3\0\0\0", 4), "cut off");
    cr_expect_not(valid("\6", 1), "no length");
    cr_expect_not(valid("\6\5ab", 4), "a length past the end");
    cr_expect_not(valid("\6\x81\0a", 4), "a length in more bytes than it takes");
    cr_expect_not(valid("\6\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11), "a length of 70 bits");
    cr_expect_not(valid("\6\xff\xff\xff\xff\xff\xff\xff\xff\xff\1", 11), "2^64 - 1 bytes");
    cr_expect_not(valid("\6\1\xff", 3), "not UTF-8");
    cr_expect_not(valid("\x08\1x", 3), "not a decimal");
    cr_expect_not(valid("\x09\xff\xff\xff\x7f", 5), "not a date");
    cr_expect_not(valid("\x0a\0\0\0\0\0\0\0\0\0\0\2", 12), "neither with a zone nor without");
    cr_expect_not(valid("\x0c\2\1\1", 4), "fewer elements than it says");
    cr_expect_not(valid("\x0c\1\2\1\1", 5), "more elements than it says");
    cr_expect_not(valid("\x0c\0\1\1", 4), "elements in an empty list");
    cr_expect_not(valid("\x0f\1\1\1", 4), "a key without a value");
    cr_expect_not(valid("\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1\1", 13), "2^64 - 1 pairs");
    cr_expect_not(valid("\x0e\2\2\2\1", 5), "a set out of order");
    cr_expect_not(valid("\x0e\2\2\1\1", 5), "a set with an element twice");
    cr_expect_not(valid("\x0f\2\4\1\1\1\1", 7), "a dict with a key twice");
    cr_expect(valid("\x0e\2\2\1\2", 5));
    cr_expect(valid("\x0f\2\4\1\2\2\1", 7));
    cr_expect(valid("\x0c\0\0", 3));
}

Test(any, order_of_kinds_and_values)
{
    shm_any_writer *writer = begin();
    shm_any_put_begin(writer, SHM_ANY_TUPLE);
    shm_any_put_null(writer);
    shm_any_put_bool(writer, false);
    shm_any_put_bool(writer, true);
    shm_any_put_int(writer, -1);
    shm_any_put_int(writer, 1);
    shm_any_put_uint(writer, UINT64_MAX - 1);
    shm_any_put_uint(writer, UINT64_MAX);
    shm_any_put_float(writer, -INFINITY);
    shm_any_put_float(writer, 2.5);
    shm_any_put_float(writer, NAN);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR(""));
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("a"));
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("a\0"));
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("b"));
    shm_any_put_text(writer, SHM_ANY_BYTES, SHM_STR(""));
    shm_any_put_text(writer, SHM_ANY_DECIMAL, SHM_STR("1"));
    shm_any_put_date(writer, (shm_date){-4});
    shm_any_put_date(writer, (shm_date){4});
    shm_any_put_datetime(writer, (shm_datetime){.micros = -4});
    shm_any_put_datetime(writer, (shm_datetime){.micros = 4});
    shm_any_put_uuid(writer, (shm_uuid){{1}});
    shm_any_put_uuid(writer, (shm_uuid){{2}});
    shm_any_put_end(writer);
    const shm_any tuple = shm_any_at(end(writer));
    const uint8_t *left = tuple.inner;
    for (size_t i = 0; i < tuple.count; i++) {
        const uint8_t *right = left;
        for (size_t k = i; k < tuple.count; k++) {
            cr_expect_eq(shm_any_compare(left, right) < 0, k > i, "%zu %zu", i, k);
            cr_expect_eq(shm_any_compare(right, left) > 0, k > i, "%zu %zu", i, k);
            right = shm_any_next(right).end;
        }
        left = shm_any_next(left).end;
    }
    shm_any_writer_close(writer);
}

Test(any, large_values)
{
    enum { COUNT = 20000 };
    static char text[300];
    memset(text, 'x', sizeof text);
    shm_any_writer *writer = begin();
    shm_any_put_begin(writer, SHM_ANY_SET);
    for (int64_t i = COUNT; i > 0; i--) {
        shm_any_put_int(writer, i * 7919 % COUNT);
        shm_any_put_text(writer, SHM_ANY_STRING, shm_string_of(text, (size_t)(i % 300)));
    }
    shm_any_put_end(writer);
    const shm_bytes bytes = end(writer);
    cr_expect(shm_any_valid(bytes, NULL));
    cr_expect_eq(shm_any_at(bytes).count, COUNT + 300);
    shm_any_writer_close(writer);
}

static shm_status write_something(shm_error *error)
{
    shm_any_writer *writer = shm_any_writer_open();
    shm_bytes bytes;
    if (writer == NULL) {
        return SHM_NO_MEMORY;
    }
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_SET);
    for (int64_t i = 0; i < 40; i++) {
        shm_any_put_int(writer, -i);
    }
    shm_any_put_end(writer);
    const shm_status status = shm_any_end(writer, &bytes, error);
    shm_any_writer_close(writer);
    return status;
}

Test(any, each_allocation_may_fail)
{
    for (uint64_t nth = 0;; nth++) {
        shm_error error;
        shm_test_fail_allocation(nth);
        const shm_status status = write_something(&error);
        if (!shm_test_allow_allocations()) {
            cr_assert_eq(status, SHM_OK);
            break;
        }
        cr_assert_eq(status, SHM_NO_MEMORY);
    }
}
