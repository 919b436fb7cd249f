/* json_write.h — values of an image as JSON text. */
#ifndef BINDINGS_CLI_JSON_WRITE_H
#define BINDINGS_CLI_JSON_WRITE_H

#include <stdbool.h>

#include <shm/dataset.h>

#include "out.h"

/* The value, compact: every field in schema order but absent optionals. */
void shm_json_write(shm_out *out, const shm_value *value);

/* What a field, element or dict value of that type holds: null where it is absent or null.  A null
 * any that is present in an optional is {"$null":null}, which null could not say. */
void shm_json_write_held(shm_out *out, const shm_type *type, shm_presence presence,
                         const shm_value *value);

/* A value of a plain type without quotes, as CSV cells and keys on the command line give it. */
void shm_json_write_plain(shm_out *out, const shm_value *value);

/* A string with its quotes. */
void shm_json_write_string(shm_out *out, shm_string text);
void shm_json_write_text(shm_out *out, const char *text);

/* An encoded any value. */
void shm_json_write_any(shm_out *out, shm_bytes encoded);

/* {"shape":[...],"data":[...]} */
void shm_json_write_tensor(shm_out *out, const shm_tensor *tensor, shm_kind element);

void shm_json_write_u64(shm_out *out, uint64_t value);
void shm_json_write_i64(shm_out *out, int64_t value);

/* Floats: NaN and infinities in quotes if `quoted`. */
void shm_json_write_f64(shm_out *out, double value, bool quoted);
void shm_json_write_f32(shm_out *out, float value, bool quoted);

/* The hexadecimal digits of 128 bits whose low word comes first. */
void shm_json_write_fingerprint(shm_out *out, const uint64_t fingerprint[2]);

#endif
