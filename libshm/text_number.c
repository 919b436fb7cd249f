/* text_number.c — JSON's number syntax, and decimals, which are numbers kept as text. */
#include "libshm/number.h"

#include <shm/text.h>

/* The end of the digits that begin at `at`. */
static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && shm_is_digit(*at)) {
        at++;
    }
    return at;
}

/* An exponent's digits, at least one, up to `end`. */
static bool read_exponent(const char *at, const char *end, int64_t *exponent)
{
    bool negative = false;
    if (at < end && (*at == '+' || *at == '-')) {
        negative = *at == '-';
        at++;
    }
    if (at == end || skip_digits(at, end) != end) {
        return false;
    }
    int64_t sum = 0;
    for (; at < end; at++) {
        sum = sum * 10 + (*at - '0');
        if (sum > SHM_NUMBER_EXPONENT_MAX) {
            sum = SHM_NUMBER_EXPONENT_MAX;
            break;
        }
    }
    *exponent = negative ? -sum : sum;
    return true;
}

size_t shm_number_length(shm_string text)
{
    const char *at = text.length > 0 ? text.data : "";
    const char *end = at + text.length;
    const char *whole = at + (at < end && *at == '-');
    const char *stop = skip_digits(whole, end);
    if (stop == whole || (*whole == '0' && stop - whole > 1)) {
        return 0;
    }
    const char *last = stop; /* the end of the longest number so far */
    if (stop + 1 < end && *stop == '.' && shm_is_digit(stop[1])) {
        stop = skip_digits(stop + 1, end);
        last = stop;
    }
    if (stop < end && (*stop == 'e' || *stop == 'E')) {
        const char *digits = stop + 1;
        digits += digits < end && (*digits == '+' || *digits == '-');
        stop = skip_digits(digits, end);
        last = stop > digits ? stop : last;
    }
    return (size_t)(last - at);
}

bool shm_number_split(shm_string text, shm_number_parts *parts)
{
    const char *at = text.length > 0 ? text.data : ""; /* an empty text may have no address */
    const char *end = at + text.length;
    shm_number_parts found = {.negative = text.length > 0 && *at == '-'};
    if (found.negative) {
        at++;
    }
    const char *whole_end = skip_digits(at, end);
    if (whole_end == at || (*at == '0' && whole_end - at > 1)) {
        return false;
    }
    found.whole = shm_string_of(at, (size_t)(whole_end - at));
    at = whole_end;
    if (at < end && *at == '.') {
        const char *fraction_end = skip_digits(++at, end);
        if (fraction_end == at) {
            return false;
        }
        found.fraction = shm_string_of(at, (size_t)(fraction_end - at));
        at = fraction_end;
    }
    if (at < end) {
        if ((*at != 'e' && *at != 'E') || !read_exponent(at + 1, end, &found.exponent)) {
            return false;
        }
    }
    *parts = found;
    return true;
}

bool shm_decimal_valid(shm_string text)
{
    shm_number_parts parts;
    return text.length <= SHM_DECIMAL_LENGTH_MAX && shm_number_split(text, &parts);
}
