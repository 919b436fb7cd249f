/* c_key.h — the keys of generated finds: a key is a word, a text, or several parts; its arguments
 * are typed.  Internal to the compiler. */
#ifndef SCHEMA_COMPILER_C_KEY_H
#define SCHEMA_COMPILER_C_KEY_H

#include <shm/dataset.h>

#include "schema/compiler/c_unit.h"

/* The arguments of a find. */
typedef struct shm_c_key {
    const shm_type **types; /* by argument */
    const char **names;
    size_t count;
    shm_key_form form;
    const char **parts; /* the expression of each part, from the arguments */
    size_t part_count;
    size_t part_capacity;
} shm_c_key;

/* False, and the unit failed, without memory. */
bool shm_c_key_make(shm_c_unit *unit, const shm_collection *collection, shm_c_key *key);

/* Adds the parts of `value`, whose fields are behind `link`. */
void shm_c_key_add_parts(shm_c_unit *unit, shm_c_key *key, const shm_type *type, const char *value,
                         const char *link);

/* The word or the text of a key that is no struct. */
const char *shm_c_key_value(shm_c_unit *unit, const shm_type *type, const char *value);

/* Whether finds by one key are inlined (shm/word_index.h): unique, a word, no `min`. */
bool shm_c_key_is_inlined(const shm_collection *collection);

/* The parameters of a find, the dataset first. */
const char *shm_c_key_arguments(shm_c_dataset *dataset, const shm_c_key *key);

/* Prints what a find needs before it, and answers its last argument. */
const char *shm_c_key_print(shm_c_unit *unit, const shm_c_key *key);

/* What the library's finds of that form are called. */
const char *shm_c_key_form_word(const shm_c_key *key);

/* The keys of a batch: an array of the argument, or of a struct of several, which it prints. */
const char *shm_c_key_batch(shm_c_dataset *dataset, const shm_c_key *key, const char *base);

/* The finds of sorted indexes, and of placed maps. */
void shm_c_index_sorted(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *index, const char *base);
void shm_c_index_placed(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *base);

#endif
