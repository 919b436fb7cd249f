/* schemas.h — schemas for tests, made from text. */
#ifndef TESTS_SUPPORT_SCHEMAS_H
#define TESTS_SUPPORT_SCHEMAS_H

#include <shm/schema.h>

/* The schema of a text; ends the program with the error's text if it is none.  The caller frees
 * it. */
const shm_schema *shm_test_parse(const char *text);

/* What shm_schema_parse says of a text that it must refuse ("t:1:2: error: ..."); "" if it takes
 * it.  Lives until the next call.  `status` may be NULL. */
const char *shm_test_parse_error(const char *text, shm_status *status);

/* The declared type, and the field, of that name; ends the program if there is none. */
const shm_type *shm_test_type_of(const shm_schema *schema, const char *name);
const shm_field *shm_test_field_of(const shm_type *type, const char *name);

#endif
