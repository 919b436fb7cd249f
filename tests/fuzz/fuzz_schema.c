/* fuzz_schema.c — schema text from anyone: parsing ends, and the canonical text means the same. */
#include <stdlib.h>
#include <string.h>

#include <shm/schema.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

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
        schema->type_count != again->type_count ||
        !shm_schema_compatible(schema, again, NULL, NULL, NULL)) {
        abort();
    }
    shm_schema_free(again);
    shm_schema_free(schema);
    return 0;
}
