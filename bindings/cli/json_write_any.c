#include <math.h>

#include <shm/any.h>
#include <shm/text.h>

#include "json_write.h"

static void put_node(shm_out *out, shm_any node);

static void put_tag(shm_out *out, const char *tag, const char *text, size_t length)
{
    shm_out_print(out, "{\"%s\":\"", tag);
    shm_out_bytes(out, text, length);
    shm_out_text(out, "\"}");
}

static void put_float(shm_out *out, double number)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    const size_t length = shm_f64_text(number, text);
    if (isfinite(number)) {
        shm_out_bytes(out, text, length);
    } else {
        put_tag(out, "$float", text, length);
    }
}

static void put_scalar_tag(shm_out *out, const shm_any *node)
{
    char text[SHM_DATETIME_TEXT_BYTES];
    if (node->kind == SHM_ANY_DATE) {
        put_tag(out, "$date", text, shm_date_text(node->u.date, text));
    } else if (node->kind == SHM_ANY_DATETIME) {
        put_tag(out, "$datetime", text, shm_datetime_text(node->u.datetime, text));
    } else if (node->kind == SHM_ANY_UUID) {
        put_tag(out, "$uuid", text, shm_uuid_text(node->u.uuid, text));
    } else if (node->kind == SHM_ANY_DECIMAL) {
        put_tag(out, "$decimal", node->u.text.data, node->u.text.length);
    } else {
        const shm_bytes bytes = shm_bytes_of(node->u.text.data, node->u.text.length);
        shm_out_text(out, "{\"$bytes\":\"");
        char *room = shm_out_room(out, shm_base64_length(bytes.length) + 1);
        out->length += shm_base64_text(bytes, room);
        shm_out_text(out, "\"}");
    }
}

static void put_elements(shm_out *out, const shm_any *node)
{
    const uint8_t *at = node->inner;
    shm_out_char(out, '[');
    for (size_t i = 0; i < node->count; i++) {
        const shm_any element = shm_any_next(at);
        if (i > 0) {
            shm_out_char(out, ',');
        }
        put_node(out, element);
        at = element.end;
    }
    shm_out_char(out, ']');
}

static bool has_text_keys(const shm_any *node)
{
    const uint8_t *at = node->inner;
    for (size_t i = 0; i < node->count; i++) {
        const shm_any key = shm_any_next(at);
        if (key.kind != SHM_ANY_STRING) {
            return false;
        }
        at = shm_any_next(key.end).end;
    }
    return true;
}

/* A key that begins with $ is doubled, so that it is no tag. */
static void put_key(shm_out *out, shm_string key)
{
    if (key.length > 0 && key.data[0] == '$') {
        const size_t start = out->length;
        shm_out_char(out, '$');
        shm_json_write_string(out, key);
        out->bytes[start] = '"';
        out->bytes[start + 1] = '$';
    } else {
        shm_json_write_string(out, key);
    }
}

static void put_dict(shm_out *out, const shm_any *node)
{
    const bool named = has_text_keys(node);
    const uint8_t *at = node->inner;
    shm_out_text(out, named ? "{" : "{\"$dict\":[");
    for (size_t i = 0; i < node->count; i++) {
        const shm_any key = shm_any_next(at);
        const shm_any value = shm_any_next(key.end);
        if (i > 0) {
            shm_out_char(out, ',');
        }
        if (named) {
            put_key(out, key.u.text);
            shm_out_char(out, ':');
            put_node(out, value);
        } else {
            shm_out_char(out, '[');
            put_node(out, key);
            shm_out_char(out, ',');
            put_node(out, value);
            shm_out_char(out, ']');
        }
        at = value.end;
    }
    shm_out_text(out, named ? "}" : "]}");
}

static void put_node(shm_out *out, shm_any node)
{
    shm_out_pass(out);
    switch (node.kind) {
    case SHM_ANY_NULL:
        shm_out_text(out, "null");
        break;
    case SHM_ANY_FALSE:
        shm_out_text(out, "false");
        break;
    case SHM_ANY_TRUE:
        shm_out_text(out, "true");
        break;
    case SHM_ANY_INT:
        shm_json_write_i64(out, node.u.integer);
        break;
    case SHM_ANY_UINT:
        shm_json_write_u64(out, node.u.uinteger);
        break;
    case SHM_ANY_FLOAT:
        put_float(out, node.u.number);
        break;
    case SHM_ANY_STRING:
        shm_json_write_string(out, node.u.text);
        break;
    case SHM_ANY_BYTES:
    case SHM_ANY_DECIMAL:
    case SHM_ANY_DATE:
    case SHM_ANY_DATETIME:
    case SHM_ANY_UUID:
        put_scalar_tag(out, &node);
        break;
    case SHM_ANY_LIST:
        put_elements(out, &node);
        break;
    case SHM_ANY_TUPLE:
        shm_out_text(out, "{\"$tuple\":");
        put_elements(out, &node);
        shm_out_char(out, '}');
        break;
    case SHM_ANY_SET:
        shm_out_text(out, "{\"$set\":");
        put_elements(out, &node);
        shm_out_char(out, '}');
        break;
    case SHM_ANY_DICT:
        put_dict(out, &node);
        break;
    }
}

void shm_json_write_any(shm_out *out, shm_bytes encoded)
{
    if (encoded.length == 0) {
        shm_out_text(out, "null");
    } else {
        put_node(out, shm_any_at(encoded));
    }
}
