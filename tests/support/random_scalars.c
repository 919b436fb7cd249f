/* random_scalars.c — values without values in them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>

#include "tests/support/random_rows.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { DAYS_MIN = -719162, DAYS_MAX = 2932896, MINUTES_MAX = 23 * 60 + 59, LONG_DECIMAL = 1200 };
#define MICROS_A_MINUTE INT64_C(60000000)
#define MICROS_A_DAY (24 * 60 * MICROS_A_MINUTE)
#define MICROS_MIN (DAYS_MIN * MICROS_A_DAY)
#define MICROS_MAX (DAYS_MAX * MICROS_A_DAY + MICROS_A_DAY - 1)

static double float_of_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint64_t random_integer(shm_test_model *model, shm_kind kind)
{
    const bool is_signed = kind <= SHM_I64;
    const unsigned bits = 8U << ((unsigned)kind - (is_signed ? SHM_I8 : SHM_U8));
    const uint64_t top = is_signed ? UINT64_C(1) << (bits - 1) : 0;
    const uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    uint64_t word;
    switch (shm_test_below(model, 8)) {
    case 0:
        word = 0;
        break;
    case 1:
        word = is_signed ? top - 1 : mask;
        break;
    case 2:
        word = top;
        break;
    case 3:
        word = mask;
        break;
    case 4:
    case 5:
        word = shm_test_below(model, 6);
        break;
    default:
        word = shm_test_random(model) & mask;
        break;
    }
    return (word & top) != 0 ? word | ~mask : word;
}

static double random_float(shm_test_model *model, shm_kind kind)
{
    const double edges[] = {0.0,
                            -0.0,
                            1.0,
                            -1.0,
                            0.1,
                            1e22,
                            123456789.0,
                            INFINITY,
                            -INFINITY,
                            (double)NAN,
                            float_of_bits(UINT64_C(0xfff8000000000000)),
                            float_of_bits(UINT64_C(0x7ff8000000000123)),
                            FLT_MAX,
                            -FLT_MAX,
                            FLT_MIN,
                            FLT_TRUE_MIN,
                            DBL_MAX,
                            DBL_MIN,
                            DBL_TRUE_MIN,
                            9007199254740993.0};
    double number;
    switch (shm_test_below(model, 3)) {
    case 0:
        number = edges[shm_test_below(model, COUNT_OF(edges))];
        break;
    case 1:
        number = (double)shm_test_below(model, 20) / 4 - 2;
        break;
    default:
        number = float_of_bits(shm_test_random(model));
        break;
    }
    if (kind == SHM_F32 && number == number) {
        /* What lies between the largest f32 and infinity is no number of the type. */
        const bool is_large = fabs(number) > (double)FLT_MAX && !isinf(number);
        number = is_large ? 0.5 : (double)(float)number;
    }
    return number;
}

static size_t random_length(shm_test_model *model)
{
    static const size_t lengths[] = {0, 1, 2, 7, 14, 15, 16, 17, 31, 40};
    const size_t edge = lengths[shm_test_below(model, COUNT_OF(lengths))];
    return shm_test_below(model, 40) == 0 ? 200 + shm_test_below(model, 3000) : edge;
}

static shm_string random_string(shm_test_model *model)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "Z",
                                         "0",
                                         " ",
                                         "\"",
                                         "\\",
                                         "\n",
                                         ",",
                                         "\r",
                                         "\t",
                                         "'",
                                         "$",
                                         "\x7f",
                                         "\xc3\xa9",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x8c\x8d",
                                         "\xef\xbb\xbf",
                                         "\xf4\x8f\xbf\xbf"};
    static const char *const whole[] = {"null", "NaN", "-1", "true", "\"\"", "[]", "{}", "- ", "#"};
    if (shm_test_below(model, 10) == 0) {
        const char *text = whole[shm_test_below(model, COUNT_OF(whole))];
        return shm_string_of(text, strlen(text));
    }
    const size_t length = random_length(model);
    const bool is_plain = shm_test_below(model, 2) == 0;
    char *text = shm_test_model_alloc(model, length + 1, 1);
    size_t at = 0;
    while (at < length) {
        const uint64_t choice = shm_test_below(model, is_plain ? 4 : COUNT_OF(pieces) + 1);
        const char *piece = choice < COUNT_OF(pieces) ? pieces[choice] : "\0";
        const size_t size = choice < COUNT_OF(pieces) ? strlen(piece) : 1;
        if (size <= length - at) {
            memcpy(text + at, piece, size);
            at += size;
        }
    }
    return shm_string_of(text, length);
}

static shm_string random_bytes(shm_test_model *model, size_t length)
{
    char *bytes = shm_test_model_alloc(model, length + 1, 1);
    const bool is_zero = shm_test_below(model, 8) == 0;
    for (size_t i = 0; i < length && !is_zero; i++) {
        bytes[i] = (char)shm_test_random(model);
    }
    return shm_string_of(bytes, length);
}

static shm_string random_decimal(shm_test_model *model)
{
    static const char *const edges[] = {"0",
                                        "-0",
                                        "0.10",
                                        "0.1",
                                        "-1.50",
                                        "1e10",
                                        "1E+5",
                                        "12345678901234",
                                        "123456789012345",
                                        "1234567890123456",
                                        "0.000000000000000000000000001",
                                        "-9.99e-999"};
    const uint64_t choice = shm_test_below(model, COUNT_OF(edges) + 1);
    if (choice < COUNT_OF(edges)) {
        return shm_string_of(edges[choice], strlen(edges[choice]));
    }
    char *text = shm_test_model_alloc(model, LONG_DECIMAL + 1, 1);
    for (size_t i = 0; i < LONG_DECIMAL; i++) {
        text[i] = (char)('1' + shm_test_below(model, 9));
    }
    text[LONG_DECIMAL / 2] = '.';
    return shm_string_of(text, LONG_DECIMAL);
}

static shm_date random_date(shm_test_model *model)
{
    static const int32_t edges[] = {DAYS_MIN, DAYS_MAX, 0, -1, 19782};
    const uint64_t choice = shm_test_below(model, 2 * COUNT_OF(edges));
    shm_date date = {.days = DAYS_MIN};
    if (choice < COUNT_OF(edges)) {
        date.days = edges[choice];
    } else {
        date.days += (int32_t)shm_test_below(model, DAYS_MAX - DAYS_MIN + 1);
    }
    return date;
}

static shm_datetime random_datetime(shm_test_model *model)
{
    static const int16_t zones[] = {0, 60, 120, -210, MINUTES_MAX, -MINUTES_MAX};
    const int64_t edges[] = {MICROS_MIN, MICROS_MAX, 0, -1, 1700000000000000};
    const uint64_t choice = shm_test_below(model, 2 * COUNT_OF(edges));
    const uint64_t range = (uint64_t)(MICROS_MAX - MICROS_MIN) + 1;
    shm_datetime datetime = {.micros = 0};
    if (choice < COUNT_OF(edges)) {
        datetime.micros = edges[choice];
    } else {
        datetime.micros = MICROS_MIN + (int64_t)shm_test_below(model, range);
    }
    if (shm_test_below(model, 4) == 0) {
        datetime.micros -= datetime.micros % 1000000;
    }
    if (shm_test_below(model, 2) == 0) {
        const int16_t zone = zones[shm_test_below(model, COUNT_OF(zones))];
        const int64_t local = datetime.micros + zone * MICROS_A_MINUTE;
        if (local >= MICROS_MIN && local <= MICROS_MAX) {
            datetime.zone_given = 1;
            datetime.zone_minutes = zone;
        }
    }
    return datetime;
}

static shm_uuid random_uuid(shm_test_model *model)
{
    shm_uuid uuid;
    const uint64_t words[2] = {shm_test_random(model), shm_test_random(model)};
    memcpy(uuid.bytes, words, sizeof uuid.bytes);
    switch (shm_test_below(model, 6)) {
    case 0:
        memset(uuid.bytes, 0, sizeof uuid.bytes);
        break;
    case 1:
        memset(uuid.bytes, 0xff, sizeof uuid.bytes);
        break;
    case 2:
        memset(uuid.bytes, 0, sizeof uuid.bytes - 1);
        break;
    default:
        break;
    }
    return uuid;
}

static void put_any(shm_test_model *model, shm_any_writer *writer, unsigned depth)
{
    const uint64_t kind = shm_test_below(model, depth < 3 ? 16 : 12);
    if (kind >= SHM_ANY_LIST) {
        const uint64_t count = shm_test_below(model, 4);
        const unsigned first = (unsigned)shm_test_below(model, 1000);
        shm_any_put_begin(writer, (shm_any_kind)kind);
        for (uint64_t i = 0; i < count; i++) {
            char key[32];
            const int length =
                snprintf(key, sizeof key, "%s%u", i == 1 ? "$" : "k", (unsigned)i + first);
            if (kind == SHM_ANY_DICT && first % 3 != 0) {
                shm_any_put_text(writer, SHM_ANY_STRING, shm_string_of(key, (size_t)length));
            } else if (kind == SHM_ANY_DICT) {
                shm_any_put_int(writer, -(int64_t)i);
            }
            put_any(model, writer, depth + 1);
        }
        shm_any_put_end(writer);
        return;
    }
    switch (kind) {
    case SHM_ANY_NULL:
        shm_any_put_null(writer);
        break;
    case SHM_ANY_FALSE:
    case SHM_ANY_TRUE:
        shm_any_put_bool(writer, kind == SHM_ANY_TRUE);
        break;
    case SHM_ANY_INT:
        shm_any_put_int(writer, (int64_t)random_integer(model, SHM_I64));
        break;
    case SHM_ANY_UINT:
        shm_any_put_uint(writer, random_integer(model, SHM_U64));
        break;
    case SHM_ANY_FLOAT:
        shm_any_put_float(writer, random_float(model, SHM_F64));
        break;
    case SHM_ANY_STRING:
        shm_any_put_text(writer, SHM_ANY_STRING, random_string(model));
        break;
    case SHM_ANY_BYTES:
        shm_any_put_text(writer, SHM_ANY_BYTES, random_bytes(model, random_length(model)));
        break;
    case SHM_ANY_DECIMAL:
        shm_any_put_text(writer, SHM_ANY_DECIMAL, random_decimal(model));
        break;
    case SHM_ANY_DATE:
        shm_any_put_date(writer, random_date(model));
        break;
    case SHM_ANY_DATETIME:
        shm_any_put_datetime(writer, random_datetime(model));
        break;
    default:
        shm_any_put_uuid(writer, random_uuid(model));
        break;
    }
}

static shm_string random_any(shm_test_model *model)
{
    shm_any_writer *writer = shm_any_writer_open();
    shm_bytes encoded;
    shm_error error;
    if (writer == NULL) {
        abort();
    }
    shm_any_begin(writer);
    put_any(model, writer, 0);
    if (shm_any_end(writer, &encoded, &error) != SHM_OK) {
        fprintf(stderr, "an any value cannot be made: %s\n", error.text);
        abort();
    }
    char *bytes = shm_test_model_alloc(model, encoded.length + 1, 1);
    if (encoded.length > 0) {
        memcpy(bytes, encoded.data, encoded.length);
    }
    const shm_string text = shm_string_of(bytes, encoded.length);
    shm_any_writer_close(writer);
    return text;
}

void shm_test_scalar_make(shm_test_model *model, const shm_type *type, shm_test_value *value)
{
    switch (type->kind) {
    case SHM_BOOL:
        value->word = shm_test_below(model, 2);
        break;
    case SHM_ENUM:
        value->word = (uint64_t)type->values[shm_test_below(model, type->value_count)].value;
        break;
    case SHM_F32:
    case SHM_F64:
        value->number = random_float(model, type->kind);
        break;
    case SHM_STRING:
        value->text = random_string(model);
        break;
    case SHM_BYTES:
        value->text = random_bytes(model, random_length(model));
        break;
    case SHM_DECIMAL:
        value->text = random_decimal(model);
        break;
    case SHM_ANY:
        value->text = random_any(model);
        break;
    case SHM_DATE:
        value->word = (uint64_t)(int64_t)random_date(model).days;
        break;
    case SHM_DATETIME:
        value->datetime = random_datetime(model);
        break;
    case SHM_UUID:
        value->uuid = random_uuid(model);
        break;
    case SHM_REF:
        value->word = shm_test_random(model); /* brought into the table when it is known */
        break;
    default:
        value->word = random_integer(model, type->kind);
        break;
    }
}
