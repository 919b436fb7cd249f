/* text.h — values as text and back: numbers, dates, datetimes, uuids, decimals, base64.
 *
 * All functions are pure and locale-independent.  Those that write take a buffer of at least the
 * stated size, end the text with a NUL and return its length.  Those that read take the whole text
 * and answer whether it was one; the result is then set, else untouched.  Threads: any. */
#ifndef SHM_TEXT_H
#define SHM_TEXT_H

#include <shm/status.h>
#include <shm/value.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SHM_FLOAT_TEXT_BYTES = 32,
    SHM_INTEGER_TEXT_BYTES = 24,
    SHM_DATE_TEXT_BYTES = 16,
    SHM_DATETIME_TEXT_BYTES = 40,
    SHM_UUID_TEXT_BYTES = 40,
    SHM_DECIMAL_LENGTH_MAX = 4096 /* bytes of a decimal's text */
};

/* The shortest text that reads back as the same number, with a ".0" when it would look like an
 * integer ("0.1", "1.0", "-0.0", "1e+22"); "NaN", "Infinity", "-Infinity". */
SHM_API size_t shm_f64_text(double value, char *text);
SHM_API size_t shm_f32_text(float value, char *text);

/* JSON's number syntax, and the three names above.  Correctly rounded; overflow is not a number. */
SHM_API bool shm_f64_read(shm_string text, double *value);
SHM_API bool shm_f32_read(shm_string text, float *value);

/* Reads the longest number in JSON's syntax that the text begins with; answers its length, 0 if
 * there is none ("x", "01") or it overflows; *value is then untouched. */
SHM_API size_t shm_f64_scan(shm_string text, double *value);

SHM_API size_t shm_i64_text(int64_t value, char *text);
SHM_API size_t shm_u64_text(uint64_t value, char *text);

/* An optional '-' (i64 only) and decimal digits, no sign '+', no leading zeros but "0" itself. */
SHM_API bool shm_i64_read(shm_string text, int64_t *value);
SHM_API bool shm_u64_read(shm_string text, uint64_t *value);

/* "2024-02-29"; years 0001 to 9999. */
SHM_API size_t shm_date_text(shm_date date, char *text);
SHM_API bool shm_date_read(shm_string text, shm_date *date);
SHM_API bool shm_date_valid(shm_date date);

/* "2024-02-29T12:00:00Z", "…T12:00:00.000001+02:00": local time of the zone; a fraction of 0 or 6
 * digits; Z means no zone was given; ±hh:mm up to 23:59 is kept ("+00:00" differs from "Z").
 * The instant and the local time both lie in the years 0001 to 9999. */
SHM_API size_t shm_datetime_text(shm_datetime datetime, char *text);
SHM_API bool shm_datetime_read(shm_string text, shm_datetime *datetime);
SHM_API bool shm_datetime_valid(shm_datetime datetime);

/* "6ba7b810-9dad-11d1-80b4-00c04fd430c8"; reading takes capitals, too. */
SHM_API size_t shm_uuid_text(shm_uuid uuid, char *text);
SHM_API bool shm_uuid_read(shm_string text, shm_uuid *uuid);

/* Is it a decimal: -?digits(.digits)?([eE][+-]?digits)? as JSON writes numbers, at most
 * SHM_DECIMAL_LENGTH_MAX bytes.  A decimal is kept as it was written: 0.10 is not 0.1. */
SHM_API bool shm_decimal_valid(shm_string text);

/* Base64 of RFC 4648 with padding.  Texts take shm_base64_length(length) + 1 bytes; reading writes
 * at most text.length / 4 * 3 bytes and is strict (padding required, no other characters, unused
 * bits zero). */
SHM_API size_t shm_base64_length(size_t length);
SHM_API size_t shm_base64_text(shm_bytes bytes, char *text);
SHM_API bool shm_base64_read(shm_string text, uint8_t *bytes, size_t *length);

/* Whether the bytes are well-formed UTF-8. */
SHM_API bool shm_text_is_utf8(shm_string text);

#ifdef __cplusplus
}
#endif
#endif
