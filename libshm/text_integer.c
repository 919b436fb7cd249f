/* text_integer.c — integers as text. */
#include <shm/text.h>

#include "libshm/number.h"

size_t shm_u64_text(uint64_t value, char *text)
{
    char digits[SHM_INTEGER_TEXT_BYTES];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    const size_t length = sizeof digits - start;
    memcpy(text, digits + start, length);
    text[length] = '\0';
    return length;
}

size_t shm_i64_text(int64_t value, char *text)
{
    if (value >= 0) {
        return shm_u64_text((uint64_t)value, text);
    }
    text[0] = '-';
    return 1 + shm_u64_text(0 - (uint64_t)value, text + 1);
}

bool shm_u64_read(shm_string text, uint64_t *value)
{
    if (text.length == 0 || (text.data[0] == '0' && text.length > 1)) {
        return false;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!shm_is_digit(text.data[i]) || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text.data[i] - '0'), &sum)) {
            return false;
        }
    }
    *value = sum;
    return true;
}

bool shm_i64_read(shm_string text, int64_t *value)
{
    const bool negative = text.length > 0 && text.data[0] == '-';
    if (negative) {
        text = shm_string_of(text.data + 1, text.length - 1);
    }
    uint64_t magnitude;
    if (!shm_u64_read(text, &magnitude) || magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *value = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}
