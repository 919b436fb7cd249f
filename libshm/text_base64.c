/* text_base64.c — bytes as text: base64 of RFC 4648 with padding. */
#include <shm/text.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NONE = 64 };

/* The six bits of a character, NONE if it is not of the alphabet. */
static unsigned six_bits(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (unsigned)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0') + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : NONE;
}

size_t shm_base64_length(size_t length)
{
    return (length / 3 + (length % 3 != 0)) * 4;
}

size_t shm_base64_text(shm_bytes bytes, char *text)
{
    char *at = text;
    for (size_t i = 0; i < bytes.length; i += 3) {
        const size_t left = bytes.length - i;
        const uint32_t second = left > 1 ? bytes.data[i + 1] : 0;
        const uint32_t third = left > 2 ? bytes.data[i + 2] : 0;
        const uint32_t bits = (uint32_t)bytes.data[i] << 16 | second << 8 | third;
        *at++ = alphabet[bits >> 18];
        *at++ = alphabet[bits >> 12 & 63];
        *at++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *at = '\0';
    return (size_t)(at - text);
}

/* The length of the text without its padding; SIZE_MAX if the whole is not strict base64. */
static size_t check(shm_string text)
{
    if (text.length % 4 != 0) {
        return SIZE_MAX;
    }
    size_t length = text.length;
    while (length > 0 && text.length - length < 2 && text.data[length - 1] == '=') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        if (six_bits(text.data[i]) == NONE) {
            return SIZE_MAX;
        }
    }
    const size_t padding = text.length - length;
    const unsigned unused = padding == 2 ? 15 : padding == 1 ? 3 : 0;
    if (unused != 0 && (six_bits(text.data[length - 1]) & unused) != 0) {
        return SIZE_MAX;
    }
    return length;
}

bool shm_base64_read(shm_string text, uint8_t *bytes, size_t *length)
{
    const size_t digit_count = check(text);
    if (digit_count == SIZE_MAX) {
        return false;
    }
    size_t count = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < digit_count; i++) {
        bits = bits << 6 | six_bits(text.data[i]);
        if (i % 4 != 0) {
            const unsigned left_over = 6 - 2 * (unsigned)(i % 4);
            bytes[count++] = (uint8_t)(bits >> left_over);
        }
    }
    *length = count;
    return true;
}
