/* key_text.c — a row's key in messages. */
#include <stdio.h>
#include <string.h>

#include <shm/text.h>

#include "collections/dataset/publication.h"
#include "collections/key/word.h"

/* Bytes are quoted like text, but for what is not printable ASCII. */
static void write_bytes(shm_string text, char *buffer)
{
    char *at = shm_text_is_utf8(text) ? NULL : buffer;
    if (at == NULL) {
        (void)shm_quote(text, buffer);
        return;
    }
    const size_t shown = text.length < SHM_QUOTE_BYTES / 2 ? text.length : SHM_QUOTE_BYTES / 2;
    for (size_t i = 0; i < shown; i++) {
        at += snprintf(at, 3, "%02x", (unsigned char)text.data[i]);
    }
    snprintf(at, sizeof "...", "%s", shown < text.length ? "..." : "");
}

static void write_leaf(const struct shm_key_leaf *leaf, const shm_key_part *part, char *buffer)
{
    double number;
    shm_uuid uuid;
    switch (leaf->kind) {
    case SHM_STRING:
    case SHM_BYTES:
        write_bytes(part->text, buffer);
        break;
    case SHM_UUID:
        memcpy(&uuid, part->text.data, sizeof uuid);
        shm_uuid_text(uuid, buffer);
        break;
    case SHM_BOOL:
        snprintf(buffer, SHM_QUOTE_BUFFER, "%s", part->word != 0 ? "true" : "false");
        break;
    case SHM_DATE:
        shm_date_text((shm_date){(int32_t)part->word}, buffer);
        break;
    case SHM_DATETIME:
        shm_datetime_text((shm_datetime){.micros = (int64_t)part->word}, buffer);
        break;
    case SHM_F32:
    case SHM_F64:
        memcpy(&number, &part->word, sizeof number);
        shm_f64_text(number, buffer);
        break;
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_i64_text((int64_t)part->word, buffer);
        break;
    default:
        shm_u64_text(part->word, buffer);
    }
}

void shm_key_write(const shm_key *key, const void *row, uint64_t element,
                   char text[SHM_KEY_TEXT_BYTES])
{
    enum { SHOWN_PARTS = 3 }; /* of SHM_QUOTE_BUFFER bytes each, with room for commas */
    shm_key_part parts[SHM_KEY_LEAF_COUNT_MAX];
    size_t length = 0;
    shm_key_parts(key, row, element, parts);
    const bool is_compound = key->form == SHM_KEY_PARTS;
    text[length++] = '[';
    length -= is_compound ? 0 : 1;
    for (size_t i = 0; i < key->leaf_count && i < SHOWN_PARTS; i++) {
        char leaf[SHM_QUOTE_BUFFER];
        write_leaf(&key->leaves[i], &parts[i], leaf);
        length += (size_t)snprintf(text + length, SHM_KEY_TEXT_BYTES - length, "%s%s",
                                   i == 0 ? "" : ", ", leaf);
    }
    if (is_compound) {
        snprintf(text + length, SHM_KEY_TEXT_BYTES - length, "%s]",
                 key->leaf_count > SHOWN_PARTS ? ", ..." : "");
    }
}
