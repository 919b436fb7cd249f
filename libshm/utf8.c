/* utf8.c — is this UTF-8? */
#include "libshm/utf8.h"

#include <stdint.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/utf8_fast.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The bytes of the well-formed character at `text`, 0 if there is none.  `left` > 0.
 * The second byte's range says it all: E0 and F0 bar overlong forms, ED surrogates, F4 the end. */
static size_t character_bytes(const unsigned char *text, size_t left)
{
    const unsigned char lead = text[0];
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    if (lead < 0xe0) {
        return left >= 2 && is_continuation(text[1]) ? 2 : 0;
    }
    const size_t needed = lead < 0xf0 ? 3 : 4;
    const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (left < needed || text[1] < low || text[1] > high || !is_continuation(text[2])) {
        return 0;
    }
    return needed == 3 || is_continuation(text[3]) ? needed : 0;
}

/* Whether the last bytes of a text, fewer than eight from `at` on, are ASCII: looked at in one or
 * two pieces, which may overlap each other and what was looked at before. */
static bool is_tail_ascii(const unsigned char *bytes, size_t at, size_t length)
{
    uint64_t word = 0;
    uint32_t half[2];
    if (length >= sizeof word) {
        memcpy(&word, bytes + length - sizeof word, sizeof word);
    } else if (length >= sizeof half[0]) {
        memcpy(&half[0], bytes, sizeof half[0]);
        memcpy(&half[1], bytes + length - sizeof half[1], sizeof half[1]);
        word = half[0] | half[1];
    } else {
        for (; at < length; at++) {
            word |= bytes[at];
        }
    }
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

size_t shm_utf8_valid_prefix(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    bool is_fast = shm_utf8_fast_is_there();
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        while (length - at >= sizeof word) {
            memcpy(&word, bytes + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) != 0) {
                break;
            }
            at += sizeof word;
        }
        if (length - at < sizeof word && is_tail_ascii(bytes, at, length)) {
            return length;
        }
        if (is_fast && shm_utf8_fast_valid(bytes + at, length - at)) {
            return length;
        }
        is_fast = false; /* there is a fault: where? */
        /* Whatever broke the run of ASCII words; then the tail, or text of another script. */
        for (int i = 0; i < 8 && at < length; i++) {
            const size_t taken = character_bytes(bytes + at, length - at);
            if (taken == 0) {
                return at;
            }
            at += taken;
        }
    }
    return length;
}

bool shm_utf8_valid(const char *text, size_t length)
{
    return shm_utf8_valid_prefix(text, length) == length;
}

bool shm_text_is_utf8(shm_string text)
{
    return shm_utf8_valid(text.data, text.length);
}
