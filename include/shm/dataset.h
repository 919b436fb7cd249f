/* dataset.h — reading an image in place.
 *
 * An open dataset is a view on the mapped image.  Everything that reading returns points into the
 * image and lives until shm_dataset_close.  Reading never allocates and never locks.
 * Threads and forked processes: any number may read one open dataset; open and close are for
 * one. */
#ifndef SHM_DATASET_H
#define SHM_DATASET_H

#include <shm/placed.h>
#include <shm/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shm_dataset shm_dataset;

/* When to check all bytes of an image before trusting them (cost: linear in its size). */
typedef enum shm_verify {
    SHM_VERIFY_AUTO = 0, /* unless we own the file and nobody else may write it */
    SHM_VERIFY_ALWAYS = 1,
    SHM_VERIFY_NEVER = 2 /* only the header, the directory and the schema */
} shm_verify;

/* How the kernel should hold an image in memory. */
typedef enum shm_pages {
    SHM_PAGES_DEFAULT = 0, /* as it likes */
    /* In pages of 2 MiB, so that a random lookup need not wait for the page tables.  Images in
     * /dev/shm and private copies get them at once, which costs reading and copying all bytes (in
     * /dev/shm once for all processes).  Files on ext4 have them as they were built, without
     * asking, and get them again for what is read in from disk after this.  Never an error:
     * shm_dataset_pages says what came of it, and `shm doctor` what there is to have. */
    SHM_PAGES_HUGE = 1
} shm_pages;

/* All zero is the default for everything. */
typedef struct shm_open_options {
    shm_verify verify;
    /* Read a private copy made with read() rather than map the file: for files that somebody else
     * could change after they were verified, or cut short: reading what is gone from a mapped file
     * ends the process (SIGBUS).  Publishing never changes a file that is there.  Costs memory for
     * the whole image. */
    bool private_copy;
    /* The schema the program is written against; NULL: the image's own.  It may be newer than the
     * image's if it is compatible: appended fields read as their default, widened ones widened; or
     * older, if no field was widened.  Must live until close. */
    const shm_schema *schema;
    shm_pages pages; /* ignored for bytes in memory */
} shm_open_options;

/* The defaults, but for what is verified. */
static inline shm_open_options shm_open_verifying(shm_verify verify)
{
    const shm_open_options options = {verify, false, NULL, SHM_PAGES_DEFAULT};
    return options;
}

/* Opens an image.  `options` may be NULL.
 * Fails: IO (cannot be opened or mapped), NOT_IMAGE (also empty files, folders, devices),
 * TRUNCATED, CORRUPT, WRONG_VERSION, WRONG_BYTE_ORDER, SCHEMA_MISMATCH (every incompatible field
 * is named), LIMIT (verification would take more than time linear in the image), NO_MEMORY.
 * Cost: O(size of the schema), plus the verification and huge pages. */
SHM_API SHM_MUST_USE shm_status shm_dataset_open(const char *path, const shm_open_options *options,
                                                 shm_dataset **dataset, shm_error *error);

/* The same on bytes in memory, aligned to 64 (else INVALID), which must stay until close.
 * SHM_VERIFY_AUTO verifies. */
SHM_API SHM_MUST_USE shm_status shm_dataset_open_memory(const void *bytes, size_t size,
                                                        const shm_open_options *options,
                                                        shm_dataset **dataset, shm_error *error);

/* Unmaps; what was read from it must not be used any more.  NULL is fine. */
SHM_API void shm_dataset_close(shm_dataset *dataset);

/* What generated headers call: opens an image whose fingerprint must be `fingerprint`, or, if
 * `text` is not NULL, which may also have an older or newer schema, compatible with that text.  The
 * options' schema is ignored. */
SHM_API SHM_MUST_USE shm_status shm_dataset_open_as(const char *path,
                                                    const shm_open_options *options,
                                                    const uint64_t fingerprint[2], const char *name,
                                                    const char *text, shm_dataset **dataset,
                                                    shm_error *error);

/* The schema that reading follows (the one asked for), and the one the image was built with. */
SHM_API const shm_schema *shm_dataset_schema(const shm_dataset *dataset);
SHM_API const shm_schema *shm_dataset_stored_schema(const shm_dataset *dataset);

/* Whether the two have one fingerprint, so that rows lie as the program's structs. */
SHM_API bool shm_dataset_is_exact(const shm_dataset *dataset);

/* Bytes of the image, and whether opening verified it. */
SHM_API uint64_t shm_dataset_size(const shm_dataset *dataset);
SHM_API bool shm_dataset_is_verified(const shm_dataset *dataset);

/* How the image lies in this process's memory at this moment, in bytes: what is mapped (whole
 * pages), how much of that is in memory and in the page tables, and how much of this in pages of
 * 2 MiB (AnonHugePages, ShmemPmdMapped and FilePmdMapped of /proc/self/smaps).  For an image in the
 * program's own memory (shm_dataset_open_memory) these are of the mappings that it lies in. */
typedef struct shm_pages_info {
    uint64_t mapped_bytes, resident_bytes, huge_bytes;
} shm_pages_info;

/* Asks the kernel: for tools and diagnosis.  Fails: IO (no /proc).
 * Cost: linear in all memory that the process has mapped; allocates. */
SHM_API SHM_MUST_USE shm_status shm_dataset_pages(const shm_dataset *dataset, shm_pages_info *info,
                                                  shm_error *error);

/* ---- tables (also the entries of maps, multimaps and sets) ---- */

typedef struct shm_table {
    const unsigned char *rows; /* NULL if there are none */
    uint64_t stride;           /* bytes from row to row */
    uint64_t count;
} shm_table;

#define SHM_NO_ROW UINT64_MAX

/* The rows of a table, map, multimap or set collection; of no rows for a collection that the image
 * does not have.  Index kinds: the rows of their table.  Cost: O(1). */
SHM_API shm_table shm_dataset_table(const shm_dataset *dataset, uint32_t collection);

/* The placed map (shm/placed.h) of a collection; one of width 0 and without entries if it is none,
 * or the image lacks it.  Entries are rows of the collection's table, too, but not every row of
 * that is an entry, and their numbers say nothing: walk with shm_dataset_next or shm_placed_next.
 * Cost: O(1). */
SHM_API shm_placed shm_dataset_placed(const shm_dataset *dataset, uint32_t collection);

/* How many rows or entries a collection has.  Cost: O(1). */
SHM_API uint64_t shm_dataset_row_count(const shm_dataset *dataset, uint32_t collection);

/* Row `row` (of count), NULL past the end. */
static inline const void *shm_table_at(const shm_table *table, uint64_t row)
{
    return row < table->count ? (const void *)(table->rows + row * table->stride) : NULL;
}

/* The number of a row of the table. */
static inline uint64_t shm_table_row_number(const shm_table *table, const void *row)
{
    return (uint64_t)((const unsigned char *)row - table->rows) / table->stride;
}

/* ---- finding by key ----
 *
 * Keys come in one of three forms, by the index: a word (integers, bool and enums extended to 64
 * bits, date days, datetime micros, floats by shm_key_float), a text (string, bytes, and the 16
 * bytes of a uuid), or parts (compound keys and structs: one part for each leaf field in order).
 * A find on an index of another form answers as if nothing were there (asserts in debug builds). */

typedef struct shm_index shm_index;

typedef struct shm_key_part {
    uint64_t word;
    shm_string text; /* data NULL for a word part */
} shm_key_part;

/* The word of a float key: the bits of the f64, with one zero and one NaN. */
static inline uint64_t shm_key_float(double value)
{
    uint64_t word;
    if (value != value) {
        return UINT64_C(0x7ff8000000000000);
    }
    value += 0.0; /* -0.0 becomes 0.0 */
    memcpy(&word, &value, sizeof word);
    return word;
}

static inline shm_key_part shm_key_word(uint64_t word)
{
    shm_key_part part;
    part.word = word;
    part.text.data = NULL;
    part.text.length = 0;
    return part;
}

static inline shm_key_part shm_key_text(shm_string text)
{
    shm_key_part part;
    part.word = 0;
    part.text = text;
    if (text.data == NULL) {
        part.text.data = "";
    }
    return part;
}

typedef enum shm_key_form { SHM_KEY_WORD = 1, SHM_KEY_TEXT = 2, SHM_KEY_PARTS = 3 } shm_key_form;

/* The index of an index-kind, map, multimap or set collection; NULL for tables, tensors and
 * collections that the image does not have.  Finding in NULL finds nothing.  Cost: O(1). */
SHM_API const shm_index *shm_dataset_index(const shm_dataset *dataset, uint32_t collection);

/* Of NULL, these are all 0. */
SHM_API shm_key_form shm_index_key_form(const shm_index *index);
SHM_API size_t shm_index_part_count(const shm_index *index);
SHM_API uint64_t shm_index_key_count(const shm_index *index);   /* distinct keys */
SHM_API uint64_t shm_index_entry_count(const shm_index *index); /* (key, row) pairs */

/* The row with that key, in a unique index (index, map, set); SHM_NO_ROW if there is none.
 * Wait-free.  Cost: one random cache line, for one key in ten a second one; for a text also the
 * text, for other keys of more than 64 bits the row.  With `min` a line or two more.  Words are
 * found in less time by shm/word_index.h. */
SHM_API SHM_PURE uint64_t shm_index_find_word(const shm_index *index, uint64_t key);
SHM_API SHM_PURE uint64_t shm_index_find_text(const shm_index *index, shm_string key);
SHM_API SHM_PURE uint64_t shm_index_find_parts(const shm_index *index, const shm_key_part *parts);

/* `count` finds at once; rows[i] is SHM_NO_ROW where there is none.  Answers how many were found.
 * Parts: `parts` holds count times shm_index_part_count parts.
 * Wait-free.  Cost: that of as many finds, but their waits for memory overlap. */
SHM_API size_t shm_index_find_words(const shm_index *index, const uint64_t *keys, size_t count,
                                    uint64_t *rows);
SHM_API size_t shm_index_find_texts(const shm_index *index, const shm_string *keys, size_t count,
                                    uint64_t *rows);
SHM_API size_t shm_index_find_many_parts(const shm_index *index, const shm_key_part *parts,
                                         size_t count, uint64_t *rows);

/* Rows of one key, in row order. */
typedef struct shm_row_range {
    const unsigned char *at; /* the next row number in the image; NULL: `only` */
    uint64_t count;          /* how many are left */
    uint64_t only;
    uint32_t width; /* bytes of a stored row number: 4 or 8 */
} shm_row_range;

/* All rows with that key, in a multi or sorted index or multimap (in a unique one: none or one).
 * An approximate index may add rows of other keys, and misses none.
 * Wait-free.  Cost: that of shm_index_find_*, and the line where the rows of several begin. */
SHM_API shm_row_range shm_multi_find_word(const shm_index *index, uint64_t key);
SHM_API shm_row_range shm_multi_find_text(const shm_index *index, shm_string key);
SHM_API shm_row_range shm_multi_find_parts(const shm_index *index, const shm_key_part *parts);

/* The next row number of the range; false at its end. */
static inline bool shm_row_range_next(shm_row_range *range, uint64_t *row)
{
    if (range->count == 0) {
        return false;
    }
    range->count--;
    if (range->at == NULL) {
        *row = range->only;
        return true;
    }
    if (range->width == 4) {
        uint32_t number;
        memcpy(&number, range->at, sizeof number);
        *row = number;
    } else {
        memcpy(row, range->at, sizeof *row);
    }
    range->at += range->width;
    return true;
}

/* ---- ranges of a sorted index ----
 *
 * Keys are ordered part by part: numbers by value (NaN last), false before true, enums by number,
 * texts by their bytes (a prefix first), dates and datetimes by time.  Rows come in order of their
 * keys, those of one key in row order; a row that has several keys (by a list) comes with each.
 * Fewer parts than the key has mean all keys that begin with them.  Counts are those of parts, at
 * most shm_index_part_count; a key that is a word or a text is one part.
 * Wait-free.  Cost: one wait for memory for each factor of 64 in the entries, of which the first
 * few stay in the caches; for a key that is one text also a text or two.  For a key of several
 * parts the row, or those of a binary search among the keys that agree in their first 8 bytes (if
 * the first part is a text: after 56 bytes or less that all keys share). */

/* All rows whose keys begin with these parts. */
SHM_API shm_row_range shm_sorted_find_parts(const shm_index *index, const shm_key_part *parts,
                                            size_t part_count);

/* The same, but the last part, if it is a text, may go on: "Be" finds "Bern". */
SHM_API shm_row_range shm_sorted_prefix(const shm_index *index, const shm_key_part *parts,
                                        size_t part_count);

/* All rows whose keys are at least `from` and less than `to`; NULL: from the first, to the last. */
SHM_API shm_row_range shm_sorted_range(const shm_index *index, const shm_key_part *from,
                                       size_t from_count, const shm_key_part *to, size_t to_count);

/* The keys of the next rows of a range of this index, if its key is one word: keys[i] is that of
 * the i-th row to come, in the form that finds take.  Answers how many, at most `count`; 0 at the
 * end of the range, and for keys that are not words, which are read from their rows.  The range
 * does not move.  Wait-free.  Cost: one pass over the words, without the rows. */
SHM_API size_t shm_sorted_keys(const shm_index *index, const shm_row_range *range, uint64_t *keys,
                               size_t count);

/* Starts fetching the row that comes some steps later: rows in order of keys lie anywhere. */
#if defined(__GNUC__)
__attribute__((always_inline)) /* gcc drops calls that only prefetch */
#endif
static inline void
shm_row_range_prefetch(const shm_row_range *range, const shm_table *table)
{
#if defined(__GNUC__)
    enum { AHEAD = 16 };
    /* A small row may lie in two cache lines: most fields are in the line of its middle. */
    const uint64_t middle = table->stride < 64 ? table->stride / 2 : 32;
    if (range->at == NULL || range->count <= AHEAD) {
        return;
    }
    if (range->width == 4) {
        uint32_t row;
        memcpy(&row, range->at + AHEAD * sizeof row, sizeof row);
        __builtin_prefetch(table->rows + row * table->stride + middle);
    } else {
        uint64_t row;
        memcpy(&row, range->at + AHEAD * sizeof row, sizeof row);
        __builtin_prefetch(table->rows + row * table->stride + middle);
    }
#else
    (void)range;
    (void)table;
#endif
}

/* Walks an index key by key: start with *cursor = 0; false at the end.  A sorted index is walked in
 * order, others in no order worth relying on.  The key itself is read from the rows. */
SHM_API bool shm_index_next(const shm_index *index, uint64_t *cursor, shm_row_range *rows);

/* ---- fields of older images: what generated `_in` accessors use ---- */

/* Where a field of the program's schema stands in the image's rows. */
typedef struct shm_bound_field {
    const void *fallback; /* its default (in the program's layout) if the image lacks it */
    uint64_t offset;
    uint64_t presence_offset;
    uint32_t presence_bit;
    uint8_t stored_kind;      /* shm_kind of the integer as stored; 0 if the image lacks it */
    uint8_t optional;         /* 0, 1 (T?) or 2 (T??) */
    uint8_t fallback_present; /* for an optional the image lacks: whether it has a default */
    uint8_t zero;
} shm_bound_field;

/* The fields of a record of the program's schema, in declaration order; NULL if the image does not
 * know the record.  `type_id` is its place in shm_dataset_schema(...)->types. */
SHM_API const shm_bound_field *shm_dataset_bound_fields(const shm_dataset *dataset,
                                                        uint32_t type_id);

/* Whether an optional (or any other) field has a value in this row. */
static inline bool shm_bound_field_present(const shm_bound_field *field, const void *row)
{
    uint64_t word;
    if (field->stored_kind == 0) {
        return field->optional == 0 || field->fallback_present != 0;
    }
    if (field->optional == 0) {
        return true;
    }
    memcpy(&word, (const char *)row + field->presence_offset, sizeof word);
    word >>= field->presence_bit;
    return field->optional == 1 ? (word & 1) == 1 : (word & 3) == 1;
}

/* Whether an optional T?? is null in this row. */
static inline bool shm_bound_field_null(const shm_bound_field *field, const void *row)
{
    uint64_t word;
    if (field->stored_kind == 0 || field->optional != 2) {
        return false;
    }
    memcpy(&word, (const char *)row + field->presence_offset, sizeof word);
    return (word >> field->presence_bit & 3) == 3;
}

/* The address of the field's value: in the row, or of its default. */
static inline const void *shm_bound_field_at(const shm_bound_field *field, const void *row)
{
    return field->stored_kind == 0 ? field->fallback
                                   : (const void *)((const char *)row + field->offset);
}

/* An integer, enum or bool field extended to 64 bits, whatever its stored width (a default is
 * stored as 64 bits). */
SHM_API uint64_t shm_bound_field_word(const shm_bound_field *field, const void *row);

/* ---- any value, typed at run time ---- */

typedef enum shm_presence { SHM_ABSENT = 0, SHM_PRESENT = 1, SHM_IS_NULL = 2 } shm_presence;

/* A value of the image: plain, copyable, borrowed. */
typedef struct shm_value {
    const shm_type *type;   /* as the program's schema has it; never SHM_OPTIONAL */
    const shm_type *stored; /* as the image has it */
    const void *at;         /* its in-place form; a record: its row */
    const shm_dataset *dataset;
} shm_value;

/* Row `row` of a collection as a record value; false past the end, and of a placed map also where
 * no entry stands. */
SHM_API bool shm_dataset_row(const shm_dataset *dataset, uint32_t collection, uint64_t row,
                             shm_value *value);

/* Walks the rows or entries of a collection: start with *cursor = 0; false at the end.  The row's
 * number is then *cursor - 1. */
SHM_API bool shm_dataset_next(const shm_dataset *dataset, uint32_t collection, uint64_t *cursor,
                              shm_value *row);

/* Field `field` of a record, struct or tuple; *value is set only if PRESENT. */
SHM_API shm_presence shm_value_field(const shm_value *value, size_t field, shm_value *inner);

/* bool, integers, enum, date, ref: the 64-bit extension.  Floats: as f64. */
SHM_API uint64_t shm_value_word(const shm_value *value);
SHM_API double shm_value_float(const shm_value *value);
SHM_API shm_string shm_value_text(const shm_value *value); /* string, bytes, decimal, any */
SHM_API shm_date shm_value_date(const shm_value *value);
SHM_API shm_datetime shm_value_datetime(const shm_value *value);
SHM_API shm_uuid shm_value_uuid(const shm_value *value);

/* The name of an enum's value; NULL for a number the schema has no name for. */
SHM_API const char *shm_value_enum_name(const shm_value *value);

/* Elements of a list, set or fixed array, or pairs of a dict; and element or value i, and key i. */
SHM_API uint64_t shm_value_count(const shm_value *value);
SHM_API shm_presence shm_value_item(const shm_value *value, uint64_t i, shm_value *item);
SHM_API void shm_value_dict_key(const shm_value *value, uint64_t i, shm_value *key);

/* A tensor field. */
SHM_API shm_tensor shm_value_tensor(const shm_value *value);

/* A tensor collection; false if the collection is none.  Its shape is [0] where the image has no
 * such collection. */
SHM_API bool shm_dataset_tensor(const shm_dataset *dataset, uint32_t collection,
                                shm_tensor *tensor);

/* ---- looking inside: for tools ---- */

typedef struct shm_section_info {
    const char *kind;       /* "schema", "heap", "rows", "lines", "groups", ... */
    const char *collection; /* NULL for the schema */
    uint64_t offset, size, checksum;
    const unsigned char *bytes; /* where it is mapped */
} shm_section_info;

SHM_API size_t shm_dataset_section_count(const shm_dataset *dataset);
SHM_API shm_section_info shm_dataset_section(const shm_dataset *dataset, size_t i);

/* How an index is filled. */
typedef struct shm_index_info {
    uint64_t slot_count; /* places for keys */
    uint64_t key_count;
    uint64_t entry_count;
    uint64_t away_count;  /* keys that stand in a second line; too few where texts are very long */
    uint64_t seed_number; /* which seed of the sequence was taken: 0, 1, ...; UINT64_MAX if it
                           * cannot be told, as where rows share very long keys */
    uint64_t size_bytes;
} shm_index_info;

/* For tools.  Cost: linear in rows and entries, whose keys are hashed; it allocates. */
SHM_API shm_index_info shm_index_describe(const shm_index *index);

/* Checks every byte of the file and every invariant (docs/format.md), whatever its owner.
 * `operations`, unless NULL, receives the number of elementary checks, which is linear in the size.
 * Fails like shm_dataset_open, with the offset of the first fault. */
SHM_API SHM_MUST_USE shm_status shm_image_verify(const char *path, uint64_t *operations,
                                                 shm_error *error);
SHM_API SHM_MUST_USE shm_status shm_image_verify_memory(const void *bytes, size_t size,
                                                        uint64_t *operations, shm_error *error);

/* Recomputes every checksum and changes nothing else: what a test of verification needs after it
 * changed a byte.  Works on any bytes whose directory lies inside the file; fails else (NOT_IMAGE,
 * TRUNCATED, CORRUPT). */
SHM_API SHM_MUST_USE shm_status shm_image_reseal(const char *path, shm_error *error);
SHM_API SHM_MUST_USE shm_status shm_image_reseal_memory(void *bytes, size_t size, shm_error *error);

#ifdef __cplusplus
}
#endif
#endif
