#include "csv_write.h"

#include "json_row.h"
#include "json_write.h"

/* Quotes what was written from `start` on, if it must be: where a reader would see the end of the
 * cell, a quote, or what is left out. */
static void quote_from(shm_out *out, size_t start, bool always)
{
    const size_t length = out->length - start;
    size_t quotes = 0;
    bool needed = always || length == 0;
    for (size_t i = start; i < out->length; i++) {
        const char c = out->bytes[i];
        quotes += c == '"' ? 1 : 0;
        needed = needed || c == '"' || c == ',' || c == '\n' || c == '\r';
    }
    if (!needed) {
        return;
    }
    const size_t more = quotes + 2;
    shm_out_room(out, more);
    char *to = out->bytes + out->length + more;
    const char *from = out->bytes + out->length;
    *--to = '"';
    for (size_t i = 0; i < length; i++) {
        *--to = *--from;
        if (*from == '"') {
            *--to = '"';
        }
    }
    *--to = '"';
    out->length += more;
}

void shm_csv_write_header(shm_out *out, const shm_type *record)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (i > 0) {
            shm_out_char(out, ',');
        }
        shm_out_text(out, record->fields[i].name);
    }
    shm_out_char(out, '\n');
}

static void put_cell(shm_out *out, const shm_value *value, const shm_field *field)
{
    const bool may_be_null = field->type->nullable || shm_field_null_is_absent(field);
    const size_t start = out->length;
    if (shm_type_is_plain(value->type)) {
        shm_json_write_plain(out, value);
        /* Where null may stand, it is null without quotes. */
        const bool reads_null =
            may_be_null && out->length - start == 4 && memcmp(out->bytes + start, "null", 4) == 0;
        quote_from(out, start, reads_null);
    } else {
        shm_json_write_held(out, field->type, SHM_PRESENT, value);
        quote_from(out, start, false);
    }
}

void shm_csv_write_row(shm_out *out, const shm_value *row)
{
    for (size_t i = 0; i < row->type->field_count; i++) {
        shm_value inner;
        if (i > 0) {
            shm_out_char(out, ',');
        }
        const shm_field *field = &row->type->fields[i];
        const shm_presence presence = shm_value_field(row, i, &inner);
        if (presence == SHM_PRESENT) {
            put_cell(out, &inner, field);
        } else if (presence == SHM_IS_NULL || shm_field_null_is_absent(field)) {
            shm_out_text(out, "null");
        }
    }
    shm_out_char(out, '\n');
}
