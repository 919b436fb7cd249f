/* fuzz_schema.c — schema text from anyone: parsing ends, and the canonical text means the same. */
#include <stdlib.h>
#include <string.h>

#include <shm/schema.h>

enum { TYPE_TEXT_BYTES = 256 };

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/* Items in a heap name their types by number, so both texts must give the same numbers; what the
 * dataset does not reach comes last, and the canonical text lacks it. */
static bool has_types_of(const shm_schema *schema, const shm_schema *canonical)
{
    char ours[TYPE_TEXT_BYTES];
    char theirs[TYPE_TEXT_BYTES];
    if (schema->type_count < canonical->type_count) {
        return false;
    }
    for (size_t i = 0; i < canonical->type_count; i++) {
        const shm_type *type = schema->types[i];
        const shm_type *other = canonical->types[i];
        (void)shm_type_text(type, ours, sizeof ours);
        (void)shm_type_text(other, theirs, sizeof theirs);
        if (type->id != i || type->kind != other->kind || type->size != other->size ||
            type->row_size != other->row_size || strcmp(ours, theirs) != 0) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    const shm_schema *schema;
    const shm_schema *again;
    shm_error error;
    if (shm_schema_parse((const char *)bytes, size, "input", NULL, &schema, &error) != SHM_OK) {
        return 0;
    }
    if (shm_schema_parse(schema->text.data, schema->text.length, "canonical", NULL, &again,
                         &error) != SHM_OK ||
        !shm_string_equal(schema->text, again->text) ||
        memcmp(schema->fingerprint, again->fingerprint, sizeof schema->fingerprint) != 0 ||
        !has_types_of(schema, again) || !shm_schema_compatible(schema, again, NULL, NULL, NULL)) {
        abort();
    }
    shm_schema_free(again);
    shm_schema_free(schema);
    return 0;
}
