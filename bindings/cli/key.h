/* key.h — keys of the command line: from text to the parts that finding takes. */
#ifndef BINDINGS_CLI_KEY_H
#define BINDINGS_CLI_KEY_H

#include <shm/dataset.h>

#include "json_read.h"

/* A key that was read.  Plain; memory is kept for the next one. */
typedef struct shm_cli_key {
    const shm_collection *collection;
    bool may_be_short; /* compound keys may have fewer parts */
    shm_key_part *parts;
    size_t *text_places; /* of text parts in `texts`; SIZE_MAX: a word */
    size_t part_count;
    size_t part_size;
    shm_out texts; /* the bytes of text parts */
    shm_out json;  /* the key as JSON */
    shm_json reader;
} shm_cli_key;

/* For keys of an index-kind, map, multimap or set collection; of a table: row numbers. */
void shm_cli_key_open(shm_cli_key *key, const shm_collection *collection);
void shm_cli_key_close(shm_cli_key *key);

/* Reads a key: plain, or JSON for compound keys (an array) and structs (an object).  False if the
 * key's type cannot hold it; the reason is key->reader.reason. */
bool shm_cli_key_read(shm_cli_key *key, const char *word);

/* The rows with that key. */
shm_row_range shm_cli_key_find(const shm_cli_key *key, const shm_index *index);

#endif
