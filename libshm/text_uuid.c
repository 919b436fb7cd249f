/* text_uuid.c — uuids as text. */
#include <shm/text.h>

enum { UUID_LENGTH = 36 };

/* Before bytes 4, 6, 8 and 10 of a uuid its text has a hyphen. */
static bool hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

size_t shm_uuid_text(shm_uuid uuid, char *text)
{
    static const char digits[] = "0123456789abcdef";
    char *at = text;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (hyphen_before(i)) {
            *at++ = '-';
        }
        *at++ = digits[uuid.bytes[i] >> 4];
        *at++ = digits[uuid.bytes[i] & 15];
    }
    *at = '\0';
    return UUID_LENGTH;
}

/* The value of a hexadecimal digit, 16 if it is none. */
static unsigned hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

bool shm_uuid_read(shm_string text, shm_uuid *uuid)
{
    if (text.length != UUID_LENGTH) {
        return false;
    }
    shm_uuid found;
    const char *at = text.data;
    for (size_t i = 0; i < sizeof found.bytes; i++) {
        if (hyphen_before(i) && *at++ != '-') {
            return false;
        }
        const unsigned high = hex_value(*at++);
        const unsigned low = hex_value(*at++);
        if (high > 15 || low > 15) {
            return false;
        }
        found.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *uuid = found;
    return true;
}
